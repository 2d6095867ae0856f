import { afterEach, beforeEach, describe } from "vitest";
import { rows as authRows } from "./auth-rows.ts";
import { rows as challengeRows } from "./challenge-rows.ts";
import { rows as idRows } from "./id-rows.ts";
import { rows as jsonRows } from "./json-rows.ts";
import { rows as pieceRows } from "./piece-rows.ts";
import { rows as probeRows } from "./probe-rows.ts";
import { rows as protocolRows } from "./protocol-rows.ts";
import { runRows } from "./row.ts";
import { enrollFake, openStage, type Stage } from "./stage.ts";
import { rows as uploadRows } from "./upload-rows.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  await enrollFake(stage, "alice", "1");
});
afterEach(() => stage.close());

describe("JSON", () => runRows(jsonRows, () => stage));
describe("protocol", () => runRows(protocolRows, () => stage));
describe("ids and cursors", () => runRows(idRows, () => stage));
describe("uploads", () => runRows(uploadRows, () => stage));
describe("parts of recordings", () => runRows(pieceRows, () => stage));
describe("embeddings as probes", () => runRows(probeRows, () => stage));
describe("challenges", () => runRows(challengeRows, () => stage));
describe("auth and limits", () => runRows(authRows, () => stage));
