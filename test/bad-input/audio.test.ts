import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { statuses } from "../../functions/http/replies/problem.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import type { AudioRow } from "./audio-row.ts";
import { audioRows } from "./audio-rows.ts";
import { type Row, runRows } from "./row.ts";
import { openStage, type Stage } from "./stage.ts";

/**
 * Decodes each file, and then embeds it as a voice of its own, so that rows don't share speakers.
 */
function listeningEmbedder(): Embedder {
  const fake = fakeEmbedder();
  return {
    ...fake,
    async embed(clip, options) {
      await readSamples(clip);
      const audioSha256 = createHash("sha256").update(clip.bytes).digest("hex");
      return { ...(await fake.embed(fakeClip(`voice=${audioSha256}`), options)), audioSha256 };
    },
  };
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ embedder: listeningEmbedder() });
});
afterAll(() => stage.close());

/** A multipart part can omit the media type, and a raw body can't. */
function body({ bytes, mediaType }: AudioRow) {
  const copy = new Uint8Array(bytes);
  if (mediaType !== undefined) return { headers: { "Content-Type": mediaType }, body: copy };
  const form = new FormData();
  form.append("audio", new Blob([copy]), "clip");
  return { body: form };
}

const rows = audioRows.map((row, i): Row => {
  const sending = { path: `/speakers/speaker-${i}/enroll`, ...body(row) };
  const { row: id, name: what, slug } = row;
  if (!slug) return { id, what, send: sending, status: 201 };
  const detail = row.says === undefined ? {} : { detail: new RegExp(row.says, "i") };
  return { id, what, send: sending, status: statuses[slug], slug, ...detail };
});

describe("audio", () => runRows(rows, () => stage));
