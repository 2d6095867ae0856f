import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createApp } from "../../functions/app.ts";
import type { Socket } from "../../functions/http/env.ts";
import { type Running, serve } from "../../functions/node/server.ts";
import type { ServerBindings } from "../../functions/node/upgrade.ts";
import { eventSender } from "../../functions/routes/stream-events.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { listDecisions } from "../../lib/domain/decision/list.ts";
import { issueToken } from "../../lib/domain/registry/browser-token.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import type { StreamEvent } from "../../lib/schema/stream.ts";
import { openTestServices, type TestServices } from "../support/services.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");
const HEADER = 44;
const pcm = (name: string) => readFileSync(join(SAMPLES, name)).subarray(HEADER);
/** Of a quiet room, as PCM. */
const quiet = (seconds: number) =>
  Buffer.from(Int16Array.from({ length: 16_000 * seconds }, (_, i) => ((i * 7919) % 13) - 6).buffer);

let services: TestServices;
let server: Running;
let key: string;

const keyOf = async (scopes: readonly Scope[]) =>
  (await issueKey(services, { registryId: services.registryId, name: "some", scopes })).token;

beforeAll(async () => {
  services = await openTestServices({ bundle: await openBundle({ workers: 0 }) });
  const app = createApp(services, ({ upgrade }: ServerBindings) => ({ log: () => undefined, upgrade }));
  server = await serve(app, { host: "127.0.0.1", port: 0 });
  key = await keyOf(SCOPES);
  for (const speaker of ["slt", "rms"])
    for (const take of [1, 2, 3]) {
      const reply = await fetch(`${server.url}/speakers/${speaker}/enroll`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" },
        body: readFileSync(join(SAMPLES, speaker, `${take}.wav`)),
      });
      expect([201, await reply.text()]).toEqual([reply.status, expect.anything()]);
    }
});
afterAll(async () => {
  await server.close();
  await services.close();
});

type Events = StreamEvent[];
type Speaker = StreamEvent & { type: "speaker" };
const speakers = (events: Events) => events.filter((one): one is Speaker => one.type === "speaker");
const errors = (events: Events) =>
  events.flatMap((one) => (one.type === "error" ? [[one.problem, one.turn]] : []));

/** Streams the audio, and resolves when the server has closed the socket. */
function streamed(
  start: object | string | undefined,
  audio: readonly Buffer[],
  { bearer = key, protocols = [] as string[], end = true } = {},
): Promise<{ events: Events; code: number }> {
  const headers: Record<string, string> = protocols.length > 0 ? {} : { Authorization: `Bearer ${bearer}` };
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/stream`, protocols, { headers });
  onTestFinished(() => socket.terminate());
  const events: Events = [];
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => events.push(JSON.parse(String(data))));
    socket.on("close", (code) => resolve({ events, code }));
    socket.on("open", () => {
      if (start !== undefined)
        socket.send(typeof start === "string" ? start : JSON.stringify({ type: "start", ...start }));
      for (const part of audio)
        for (let at = 0; at < part.length; at += 6400) socket.send(part.subarray(at, at + 6400));
      if (end) socket.send('{"type": "end"}');
    });
  });
}

const decisionCount = async () =>
  (await listDecisions(services, { registry: services.registry, limit: 100 })).items.length;

test("verify accepts the speaker while they speak, no other voice, and stores a decision for each turn", async () => {
  const before = await decisionCount();
  const audio = [quiet(1), pcm("slt/4.wav"), quiet(1.5), pcm("kal/1.wav"), quiet(1)];
  const { events, code } = await streamed({ mode: "verify", speaker: "slt" }, audio);
  expect([code, errors(events)]).toEqual([1000, []]);
  expect(
    events.filter(({ type }) => type !== "speaker").map((one) => ("state" in one ? one.state : one.type)),
  ).toEqual([...["ready", "start", "end", "start", "end"]]);
  const [own, other] = [1, 2].map((turn) => speakers(events).filter((one) => one.turn === turn));
  expect(own?.[0]?.secondsHeard).toBeLessThanOrEqual(1.5);
  expect(own?.at(-1)).toMatchObject({
    final: true,
    decision: "accept",
    speaker: "slt",
    decisionId: expect.stringMatching(/^dec_/),
  });
  expect(own?.filter(({ final }) => !final).some(({ decision }) => decision === "accept")).toBe(true);
  expect(other?.map(({ decision }) => decision)).not.toContain("accept");
  expect(other?.at(-1)).toMatchObject({ final: true, decision: "reject", speaker: "unknown" });
  expect(own?.at(-1)?.score).toBeGreaterThan(own?.at(-1)?.threshold ?? Number.NaN);
  expect(await decisionCount()).toBe(before + 2);
});

test("identify names who speaks, within a group too, and watch tells of strangers only", async () => {
  const audio = [pcm("rms/4.wav"), quiet(1.5), pcm("awb/2.wav"), quiet(1)];
  const finals = (events: Events) =>
    speakers(events)
      .filter(({ final }) => final)
      .map(({ speaker, decision }) => [speaker, decision]);
  const identified = await streamed({ mode: "identify" }, audio);
  expect([errors(identified.events), finals(identified.events)]).toEqual([
    [],
    [
      ["rms", "match"],
      ["unknown", "unknown"],
    ],
  ]);
  const watched = await streamed({ mode: "watch" }, audio);
  expect(new Set(speakers(watched.events).map(({ decision }) => decision))).toEqual(new Set(["unknown"]));
  expect(finals(watched.events)).toEqual([["unknown", "unknown"]]);
});

test("a token shows no scores, is good for its speaker only, and comes as a subprotocol from a page", async () => {
  const all = await services.keys.list(services.registryId);
  const made = all.find(({ scopes }) => scopes.length === SCOPES.length);
  if (!made) throw new Error("no key");
  const speakerId = parseSpeakerId("slt");
  const { token } = issueToken(services, made, { scopes: ["verify"], speakerId, lifetimeSeconds: 900 });
  const protocols = ["voiceroll.v1", `bearer.${token}`];
  const own = await streamed({ mode: "verify", speaker: "slt" }, [pcm("slt/5.wav")], { protocols });
  const last = speakers(own.events).at(-1);
  expect(last).toMatchObject({ decision: "accept", final: true, score: null, threshold: null });
  const other = await streamed({ mode: "verify", speaker: "rms" }, [], { protocols });
  expect([other.code, errors(other.events)]).toEqual([1008, [["insufficient-scope", null]]]);
  const search = await streamed({ mode: "identify" }, [], { protocols });
  expect(errors(search.events)).toEqual([["insufficient-scope", null]]);
});

test("a demanded challenge or a missing consent leaves the gate closed", async () => {
  const { registryId } = services;
  await updateRegistry(services, { registryId, settings: { challengeRequired: true } });
  const { events } = await streamed({ mode: "verify", speaker: "slt" }, [pcm("slt/6.wav"), quiet(1)]);
  await updateRegistry(services, { registryId, settings: { challengeRequired: undefined } });
  expect(speakers(events).filter(({ decision, final }) => final && decision === "accept")).toEqual([]);
  expect(errors(events)).toEqual([["challenge-required", 1]]);
  await updateRegistry(services, { registryId, settings: { requiredPurposes: ["verify"] } });
  const without = await streamed({ mode: "verify", speaker: "slt" }, [pcm("slt/6.wav")]);
  await updateRegistry(services, { registryId, settings: { requiredPurposes: undefined } });
  expect([without.code, errors(without.events)]).toEqual([1008, [["consent-required", null]]]);
  const unknown = await streamed({ mode: "verify", speaker: "nobody" }, [pcm("slt/6.wav")]);
  expect([unknown.code, errors(unknown.events)]).toEqual([1008, [["speaker-not-found", null]]]);
});

test("rejects in a row pause the speaker on a stream as in requests", async () => {
  const { registryId } = services;
  await updateRegistry(services, { registryId, settings: { guessing: { rejects: 1, pauseSeconds: 600 } } });
  const audio = [pcm("awb/3.wav"), quiet(1.5), pcm("awb/4.wav"), quiet(1)];
  const { events } = await streamed({ mode: "verify", speaker: "rms" }, audio);
  await updateRegistry(services, { registryId, settings: { guessing: undefined } });
  expect(errors(events)).toEqual([["verify-attempts-exhausted", 2]]);
  expect(speakers(events).filter(({ turn }) => turn === 2)).toEqual([]);
});

test.each([
  ["no JSON", "start!", "validation-failed"],
  ["an unknown mode", { mode: "guess" }, "validation-failed"],
  ["a rate of 4 kHz", { mode: "identify", sampleRate: 4000 }, "validation-failed"],
  ["no speaker to verify", { mode: "verify" }, "validation-failed"],
  ["a speaker to identify", { mode: "identify", speaker: "slt" }, "validation-failed"],
  ["audio before the start", undefined, "validation-failed"],
  ["an unknown group", { mode: "identify", group: "none" }, "group-not-found"],
  ["Opus that is none", { mode: "identify", format: "opus" }, "audio-undecodable"],
])("refuses %s", async (_, start, problem) => {
  const { code, events } = await streamed(start, [Buffer.alloc(4, 0xff)], { end: false });
  expect([code, errors(events)]).toEqual([1008, [[problem, null]]]);
});

test("a GET without a WebSocket, a wrong key and a key without the scope get problem replies", async () => {
  const ask = (bearer: string) =>
    fetch(`${server.url}/stream`, { headers: { Authorization: `Bearer ${bearer}` } });
  expect((await ask(key)).status).toBe(426);
  expect((await ask(await keyOf(["compare"]))).status).toBe(403);
  const refusal = await streamed(undefined, [], { bearer: "vr_wrong" }).catch(
    (error: Error) => error.message,
  );
  expect(refusal).toMatch(/401/);
});

test("a client that reads too slowly loses events, and hears how many", () => {
  const sent: string[] = [];
  const socket = { unread: 0, send: (text: string) => void sent.push(text) };
  const send = eventSender(socket as unknown as Socket);
  const tell = (turn: number) => send({ type: "changed", turn, at: 1 });
  tell(1);
  socket.unread = 100_000;
  tell(2);
  tell(3);
  socket.unread = 0;
  tell(4);
  expect(sent.map((text) => JSON.parse(text))).toEqual([
    { type: "changed", turn: 1, at: 1 },
    { type: "lost", events: 2 },
    { type: "changed", turn: 4, at: 1 },
  ]);
});

test("the audio of a stream counts against the key's quota", async () => {
  const input = { registryId: services.registryId, name: "few", scopes: SCOPES, audioSecondsPerDay: 6 };
  const { token } = await issueKey(services, input);
  const { code, events } = await streamed({ mode: "identify" }, [quiet(20)], { bearer: token });
  expect([code, errors(events)]).toEqual([1008, [["quota-exceeded", null]]]);
});

test("a client that vanishes in the middle of a turn still has it decided and counted", async () => {
  const before = await decisionCount();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/stream`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const looked = new Promise<void>((resolve) =>
    socket.on("message", (data) => JSON.parse(String(data)).type === "speaker" && resolve()),
  );
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ type: "start", mode: "verify", speaker: "slt" }));
  const audio = pcm("kal/2.wav");
  for (let at = 0; at < 80_000; at += 6400) socket.send(audio.subarray(at, at + 6400));
  await looked;
  socket.terminate();
  await expect.poll(decisionCount, { timeout: 10_000 }).toBe(before + 1);
});
