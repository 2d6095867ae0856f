import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, type ServerProcess, startProcess } from "./process.ts";

/* Embeddings of real speech, by the bundled model, on a real server. */
const sample = (name: string) => ({ base64: readFileSync(join(ROOT, "samples", `${name}.wav`), "base64") });
type Reply = ReturnType<typeof JSON.parse>;

let server: ServerProcess;
let key: string;
const folder = mkdtempSync(join(tmpdir(), "voiceroll-embeddings-"));
beforeAll(async () => {
  server = await startProcess("functions/local.ts", { VOICEROLL_DATA: folder });
  key = readFileSync(join(folder, "api-key"), "utf8").trim();
  for (const [id, voice] of [
    ["alice", "slt"],
    ["bob", "rms"],
  ])
    await ask("POST", `/speakers/${id}/enroll`, {
      audio: [1, 2, 3, 4].map((take) => sample(`${voice}/${take}`)),
    });
  await ask("PATCH", "/registry", { embeddings: true, replayDays: 0 });
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true });
});

async function ask(method: string, path: string, body: object): Promise<Reply> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const response = await fetch(server.url + path, { method, headers, body: JSON.stringify(body) });
  const reply = await response.json();
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(reply)}`);
  return reply;
}

test.each([
  ["slt/5", "accept", "match"],
  ["awb/1", "reject", "unknown"],
])("%s gets the same score by its embedding as by its recording", async (name, decision, found) => {
  const audio = sample(name);
  const probe = await ask("POST", "/embeddings", { audio });
  const byClip = await ask("POST", "/verify", { speaker: "alice", audio });
  const byProbe = await ask("POST", "/verify", { speaker: "alice", probe });
  expect(byClip.decision).toBe(decision);
  expect([byProbe.decision, byProbe.score, byProbe.threshold]).toEqual([
    decision,
    byClip.score,
    byClip.threshold,
  ]);
  const clipSearch = await ask("POST", "/identify", { audio });
  const search = await ask("POST", "/identify", { probe });
  expect(clipSearch.decision).toBe(found);
  expect([search.decision, search.candidates]).toEqual([found, clipSearch.candidates]);
});

test("without its conditions, an embedding is decided on at the strictest threshold of all", async () => {
  const { model, embedding } = await ask("POST", "/embeddings", { audio: sample("slt/5") });
  const verify = (quality: object) =>
    ask("POST", "/verify", { speaker: "alice", probe: { model, embedding, quality } });
  const clearance = ({ score, threshold }: Reply) => score.value - threshold.value;
  const stated: number[] = [];
  for (const speechSeconds of [1, 2, 3, 4, 8, 60, 120])
    for (const bandwidth of ["wide", "telephone"]) {
      const reply = await verify({ speechSeconds, bandwidth });
      expect(reply.warnings).not.toContain("conditions-assumed");
      stated.push(clearance(reply));
    }
  const assumed = await verify({});
  expect(assumed.warnings).toContain("conditions-assumed");
  expect(clearance(assumed)).toBeCloseTo(Math.min(...stated), 3);
  expect(Math.max(...stated) - Math.min(...stated)).toBeGreaterThan(0.01);
  const search = await ask("POST", "/identify", { probe: { model, embedding } });
  expect(search.warnings).toContain("conditions-assumed");
});
