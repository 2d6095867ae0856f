import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openUriFiles } from "../../lib/adapters/uri/open.ts";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import type { UriRange } from "../../lib/ports/uri-file.ts";
import { idOf } from "../bad-input/stage.ts";
import { testServices } from "../support/services.ts";
import { base64Of, type Client, clientOf, json } from "./client.ts";
import { dyingAt, work } from "./job.ts";
import { announce, post } from "./upload.ts";

const MIB = 1024 * 1024;

/**
 * A client of a service that may read one folder. `read` notes every range that is read, by the
 * file's name.
 */
async function withFolder() {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const prefix = `${pathToFileURL(folder)}/`;
  const own = await openUriFiles([prefix]);
  const read: [string, number][] = [];
  const uriFiles = {
    ...own,
    read: (uri: string, range: UriRange) => {
      read.push([uri.slice(prefix.length), range.from]);
      return own.read(uri, range);
    },
  };
  const c = await clientOf({ ...(await testServices()), uriFiles });
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  const uriOf = (name: string) => ({ uri: prefix + name });
  return { c, folder, put, uriOf, read };
}

const start = (c: Client, fields: object, key = c.key) =>
  c.call("POST", "/jobs", {
    key,
    headers: json,
    body: JSON.stringify({ kind: "enroll-batch", ...fields }),
  });
const jobOf = async (c: Client, id: string) => (await c.call("GET", `/jobs/${id}?limit=1000`)).body;
const outcomes = ({ results }: { results: { status: string; problem: { slug: string } | null }[] }) =>
  results.map(({ status, problem }) => problem?.slug ?? status);
const jsonLines = (lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

test("lines name files at URIs, and one that can't be read has a problem and stops no other", async () => {
  const { c, put, uriOf } = await withFolder();
  await put("ann.wav", "voice=ann take=1");
  await put("ann-2.wav", "voice=ann take=2");
  await put("damaged.wav", "not audio");
  const started = await start(c, {
    lines: [
      { speaker: "ann", audio: [uriOf("ann.wav"), uriOf("ann-2.wav")] },
      { speaker: "bob", audio: uriOf("absent.wav") },
      { speaker: "bob", audio: { uri: "file:///etc/hostname" } },
      { speaker: "bob", audio: { uri: "s3://bucket/bob.wav" } },
      { speaker: "bob", audio: uriOf("damaged.wav") },
      { speaker: "bob", audio: { uri: "s3://a/b", mediaType: "image/png" } },
      { speaker: "bob", audio: { base64: base64Of("voice=bob take=1") } },
    ],
  });
  expect(started.status).toBe(202);
  await work(c, started.body.id);
  const job = await jobOf(c, started.body.id);
  expect(outcomes(job)).toEqual([
    "done",
    "file-not-found",
    "file-not-allowed",
    "file-not-allowed",
    "audio-undecodable",
    "unsupported-media-type",
    "done",
  ]);
  expect(job.results[0].clips).toHaveLength(2);
});

test("a manifest at a URI has the results that it would have in the request", async () => {
  const { c, put, uriOf } = await withFolder();
  await put("ann.wav", "voice=ann take=1");
  await put(
    "lines.jsonl",
    `${jsonLines([{ speaker: "ann", audio: uriOf("ann.wav") }])}{\n\n{"speaker":"bob"}`,
  );
  const { body } = await start(c, { manifest: uriOf("lines.jsonl") });
  expect(body).toMatchObject({ state: "waiting", total: null });
  await work(c, body.id);
  const job = await jobOf(c, body.id);
  expect(job.job).toMatchObject({ state: "done", total: 4, done: 4, succeeded: 1, failed: 3, problem: null });
  expect(outcomes(job)).toEqual(["done", "malformed-json", "malformed-json", "validation-failed"]);
  expect(await c.services.jobs.manifest(c.services.registryId, body.id)).toBeUndefined();
});

/** Four lines of 2 MiB, which make two parts. */
const largeLines = () =>
  Array.from({ length: 4 }, (_, i) => ({
    speaker: "ann",
    audio: { base64: base64Of(`voice=ann take=${i} pad=${"x".repeat(1.6 * MIB)}`) },
  }));

test("after a kill at any write, reading continues where it stopped and no line is lost", {
  timeout: 240_000,
}, async () => {
  let kills = 0;
  for (let n = 1; ; n++) {
    const { c, put, uriOf, read } = await withFolder();
    await put("lines.jsonl", jsonLines(largeLines()));
    const { body } = await start(c, { manifest: uriOf("lines.jsonl") });
    const killed = await work(c, body.id, dyingAt(c.services, n, true)).then(
      () => false,
      () => true,
    );
    const stored = await c.services.jobs.get(c.services.registryId, body.id);
    const before = read.length;
    await work(c, body.id);
    const job = await jobOf(c, body.id);
    expect({ n, outcomes: outcomes(job) }).toEqual({ n, outcomes: Array(4).fill("done") });
    const resumed = read.slice(before).map(([, from]) => from);
    // Nothing before the stored place is read again, and nothing at all once everything is stored.
    expect({ n, again: resumed.filter((from) => from < (stored?.manifest?.at ?? Infinity)) }).toEqual({
      n,
      again: [],
    });
    if (!killed) break;
    kills += 1;
  }
  expect(kills).toBeGreaterThan(10);
});

test("a clip is read when its line is due, and the manifest in a few ranges", async () => {
  const { c, put, uriOf, read } = await withFolder();
  const names = Array.from({ length: 300 }, (_, i) => `clip-${i}.wav`);
  for (const [i, name] of names.entries()) await put(name, `voice=v${i % 3} take=${i} noise=0.5`);
  await put("lines.jsonl", jsonLines(names.map((name, i) => ({ speaker: `s${i}`, audio: uriOf(name) }))));
  const { body } = await start(c, { manifest: uriOf("lines.jsonl") });
  const { registryId } = c.services;
  const early: unknown[] = [];
  const uriFiles = {
    ...c.services.uriFiles,
    read: async (uri: string, range: UriRange) => {
      const line = names.findIndex((name) => uri.endsWith(`/${name}`));
      const done = (await c.services.jobs.get(registryId, body.id))?.done;
      if (line !== -1 && line !== done) early.push([line, done]);
      return c.services.uriFiles.read(uri, range);
    },
  };
  await work(c, body.id, { ...c.services, uriFiles });
  expect(outcomes(await jobOf(c, body.id))).toEqual(Array(300).fill("done"));
  expect(early).toEqual([]);
  expect(read.filter(([name]) => name === "lines.jsonl")).toEqual([["lines.jsonl", 0]]);
  expect(read.filter(([name]) => name !== "lines.jsonl").map(([name]) => name)).toEqual(names);
});

test("a manifest that can't be read ends the job with a problem", async () => {
  const { c, folder, put, uriOf, read } = await withFolder();
  const problemOf = async (uri: { uri: string }, services = c.services) => {
    const { body } = await start(c, { manifest: uri });
    await work(c, body.id, services);
    const { job } = await jobOf(c, body.id);
    expect(job).toMatchObject({ state: "done", done: 0 });
    for (const part of [0, 1])
      expect(await c.services.jobs.manifest(c.services.registryId, body.id, part)).toBeUndefined();
    return job.problem.slug;
  };
  expect(await problemOf(uriOf("absent.jsonl"))).toBe("file-not-found");
  await put("empty.jsonl", "");
  expect(await problemOf(uriOf("empty.jsonl"))).toBe("validation-failed");
  await put("long.jsonl", "\n".repeat(100_001));
  expect(await problemOf(uriOf("long.jsonl"))).toBe("validation-failed");
  await put("changed.jsonl", jsonLines(largeLines()));
  await put("other.jsonl", jsonLines(largeLines()));
  const uriFiles = {
    ...c.services.uriFiles,
    read: async (uri: string, range: UriRange) => {
      if (range.from > 2 * MIB)
        await rename(join(folder, "other.jsonl"), join(folder, "changed.jsonl")).catch(() => 0);
      return c.services.uriFiles.read(uri, range);
    },
  };
  expect(await problemOf(uriOf("changed.jsonl"), { ...c.services, uriFiles })).toBe("file-changed");
  expect(read.length).toBeGreaterThan(5);
  for (const uri of ["file:///etc/hostname", "s3://bucket/lines.jsonl"]) {
    const refused = await start(c, { manifest: { uri } });
    expect([refused.status, refused.body.type]).toEqual([403, "urn:voiceroll:problem:file-not-allowed"]);
    expect(refused.body.detail).toContain("VOICEROLL_FILE_PREFIXES");
  }
});

test("a line of a manifest at a URI may do no more than its key", async () => {
  const { c, put, uriOf } = await withFolder();
  const key = await c.keyWith(["speakers:write"]);
  const [{ id: clip }] = (await c.enroll("zoe", "1")).body.clips;
  const audio = { base64: base64Of("voice=ann take=1") };
  const lines = [
    { speaker: "ann", audio, force: true },
    { speaker: "ann", audio: { clip, speaker: "zoe" } },
    { speaker: "ann", audio },
  ];
  await put("lines.jsonl", jsonLines(lines));
  const { body } = await start(c, { manifest: uriOf("lines.jsonl") }, key);
  await work(c, body.id);
  expect(outcomes(await jobOf(c, body.id))).toEqual(["insufficient-scope", "insufficient-scope", "done"]);
});

test("a speaker who is erased before a manifest is read isn't enrolled by it", async () => {
  const { c, put, uriOf } = await withFolder();
  const { registryId, clock } = c.services;
  await c.enroll("zoe", "1");
  const line = (speaker: string) => ({ speaker, audio: { base64: base64Of(`voice=${speaker} take=7`) } });
  await put("lines.jsonl", jsonLines([line("zoe"), line("bob")]));
  const { body } = await start(c, { manifest: uriOf("lines.jsonl") });
  await eraseSpeaker(c.services, { registryId, speakerId: idOf("zoe") });
  // Long after every request of that time has ended, the job still waits.
  clock.advance(3600);
  await runBackgroundTask(c.services, { kind: "finish-erasures", registryId });
  await work(c, body.id);
  expect(outcomes(await jobOf(c, body.id))).toEqual(["speaker-not-found", "done"]);
  await runBackgroundTask(c.services, { kind: "finish-erasures", registryId });
  expect(await c.services.erasures.list(registryId)).toEqual([]);
});

test("an uploaded manifest may have more than 24 MiB", async () => {
  const { c } = await withFolder();
  const junk = JSON.stringify({ speaker: "x", audio: { base64: "AAAA" }, junk: "x".repeat(MIB) });
  const good = { speaker: "ann", audio: { base64: base64Of("voice=ann take=1") } };
  const text = `${Array(25).fill(junk).join("\n")}\n${jsonLines([good])}${"x".repeat(25 * MIB)}\n${jsonLines([good])}`;
  const bytes = new TextEncoder().encode(text);
  const { body: announced } = await announce(c, bytes, { mediaType: "application/x-ndjson" });
  expect((await post(c, announced.form, bytes)).status).toBe(204);
  const { status, body } = await start(c, { manifest: { upload: announced.upload.id } });
  expect([status, body.total]).toEqual([202, 28]);
  await work(c, body.id);
  const expected = [...Array(25).fill("validation-failed"), "done", "body-too-large", "duplicate-clip"];
  expect(outcomes(await jobOf(c, body.id))).toEqual(expected);
  expect((await c.call("GET", `/uploads/${announced.upload.id}`)).body.state).toBe("consumed");
});

test("canceling removes the lines that are stored, in every part", async () => {
  const { c, put, uriOf } = await withFolder();
  await put("lines.jsonl", jsonLines(largeLines()));
  const { registryId } = c.services;
  const { body } = await start(c, { manifest: uriOf("lines.jsonl") });
  await work(c, body.id, dyingAt(c.services, 3, true)).catch(() => undefined);
  expect(await c.services.jobs.manifest(registryId, body.id, 1)).toBeDefined();
  await c.call("POST", `/jobs/${body.id}/cancel`, { headers: json });
  await work(c, body.id);
  expect((await jobOf(c, body.id)).job).toMatchObject({ state: "done", canceled: true, done: 0 });
  for (const part of [0, 1, 2])
    expect(await c.services.jobs.manifest(registryId, body.id, part)).toBeUndefined();
});
