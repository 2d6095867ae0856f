import { expect } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { sweepRetention } from "../../lib/domain/maintenance/retention.ts";
import { encodeFloat32, encodeFloat64, encodeInt32 } from "../../lib/score/scoring/codec.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { idOf } from "../bad-input/stage.ts";
import { base64Of, bytesOf, type Client, json, wav } from "./client.ts";
import { announce, uploaded } from "./upload.ts";

export const ID = "zoe.example-7";
const NAME = "Zo\u00eb Example";
const BADGE = "badge-88441";
const CONSENT = "consent-form-5512";
/** Texts that only this person's records contain. */
export const TEXTS = [ID, NAME, BADGE, CONSENT];
/** The beginning of each recording, as bytes and in base64. */
export const AUDIO = ["voice=zoe", Buffer.from("voice=zoe").toString("base64")];

export type Life = {
  decisions: readonly string[];
  /** Enrolls the person again if the reply isn't replayed. */
  repeat(): ReturnType<Client["call"]>;
  /** The embeddings, their sum and the fingerprints, in every encoding that a store uses. */
  voices: readonly Uint8Array[];
};

/** Does everything with one person that a registry can remember. */
export async function live(c: Client): Promise<Life> {
  const { registryId } = c.services;
  const run = (task: Parameters<typeof runBackgroundTask>[1]) => runBackgroundTask(c.services, task);
  const post = (path: string, body: object, key?: string) =>
    c.call("POST", path, {
      headers: { ...json, ...(key ? { "Idempotency-Key": key } : {}) },
      body: JSON.stringify(body),
    });
  const audioOf = (...takes: number[]) =>
    takes.map((take) => ({ base64: base64Of(`voice=zoe take=${take}`) }));
  const details = { name: NAME, metadata: { badge: BADGE }, consent: CONSENT };
  const repeat = () => post(`/speakers/${ID}/enroll`, { ...details, audio: audioOf(1, 2, 3) }, "enroll-zoe");
  expect((await repeat()).status).toBe(201);
  const twin = { audio: [{ base64: base64Of("voice=twin like=zoe mix=0.99 take=1") }] };
  expect((await post("/speakers/twin/enroll", twin, "enroll-twin")).text).toContain(ID);
  await c.call("PUT", "/groups/night/members", {
    headers: json,
    body: JSON.stringify({ speakers: [ID, "twin"] }),
  });
  const probe = { headers: { ...wav, "Idempotency-Key": "verify-zoe" }, body: bytesOf("voice=zoe take=9") };
  const verified = await c.call("POST", `/verify?speaker=${ID}`, probe);
  const found = await c.call("POST", "/identify", { headers: wav, body: bytesOf("voice=zoe take=8") });
  expect(found.text).toContain(ID);
  const upload = await uploaded(c, "voice=zoe take=4", { enroll: { speaker: ID } });
  await run({ kind: "enroll-upload", registryId, uploadId: upload as `upl_${string}` });
  expect((await c.call("GET", `/uploads/${upload}`)).body).toMatchObject({ state: "enrolled" });
  await announce(c, bytesOf("voice=zoe take=5"), { enroll: { speaker: ID } });
  const lines = [5, 1].map((take) => ({ speaker: ID, audio: audioOf(take)[0] }));
  const job = (await post("/jobs", { kind: "enroll-batch", lines })).body.id;
  await run({ kind: "job", registryId, jobId: job });
  const { results } = (await c.call("GET", `/jobs/${job}`)).body;
  expect(results.map((one: { status: string }) => one.status)).toEqual(["done", "failed"]);
  expect(results[1].problem.detail).toContain(ID);
  return {
    decisions: [verified.body.decisionId, found.body.decisionId],
    repeat,
    voices: await voicesOf(c),
  };
}

/** Lets the person expire, and sweeps. */
export async function expire({ call, services }: Client): Promise<void> {
  const expiresAt = new Date(services.clock.now().getTime() + 1000).toISOString();
  const body = JSON.stringify({ expiresAt });
  expect((await call("PATCH", `/speakers/${ID}`, { headers: json, body })).status).toBe(200);
  services.clock.advance(1);
  const swept = await sweepRetention(services, { registry: services.registry, confirmed: true });
  expect(swept.erased).toHaveLength(1);
}

async function voicesOf({ services }: Client): Promise<Uint8Array[]> {
  const speaker = await services.speakers.get(services.registryId, idOf(ID));
  if (!speaker) throw new RangeError("not enrolled");
  const clips = await services.speakers.clips(services.registryId, speaker.uid);
  expect(clips).toHaveLength(5);
  const fixed = clips.flatMap(({ embedding }) => [
    encodeInt32(embedding),
    encodeFloat32(Float32Array.from(fromFixed(embedding))),
  ]);
  const sums = [encodeFloat64(speaker.sum), encodeFloat32(Float32Array.from(fromFixed(speaker.sum)))];
  const heard = await services.heardProbes.newest(services.registryId, speaker.uid, 10);
  expect(heard).toHaveLength(2);
  const prints = [...clips, ...heard].map(({ fingerprint }) => Buffer.from(fingerprint ?? []));
  return [...fixed, ...sums, ...prints, ...prints.map((print) => Buffer.from(print.toString("base64")))];
}

const WINDOW = 16;
export const VOICE = "16 bytes of a voice";

/** Returns a search for texts, and for all windows of 16 bytes, in a file. */
export function traceFinder(texts: readonly string[], bytes: readonly Uint8Array[]) {
  const windows = new Set<string>();
  for (const one of bytes) for (const window of windowsOf(Buffer.from(one))) windows.add(window);
  return (content: Uint8Array): string[] => {
    const buffer = Buffer.from(content);
    const found = texts.filter((text) => buffer.includes(text));
    for (const window of windowsOf(buffer)) if (windows.has(window)) return [...found, VOICE];
    return found;
  };
}

function* windowsOf(buffer: Buffer): Generator<string> {
  const text = buffer.toString("latin1");
  for (let from = 0; from + WINDOW <= text.length; from++) {
    const window = text.slice(from, from + WINDOW);
    // Few different bytes, such as a run of zeros, also appear elsewhere.
    if (new Set(window).size > 4) yield window;
  }
}
