/** Replies of a real server with the bundled model, as examples for the OpenAPI document. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { operationsOf } from "../../functions/openapi/complete.ts";
import { openApiDocument } from "../../functions/openapi.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { wavOf } from "../../models/build/wav.ts";
import { ROOT, startProcess } from "../functions/process.ts";

export type Example = { request?: unknown; reply: unknown };
export type Examples = Record<string, Example>;

const MOST_ITEMS = 2;
const MOST_CHARACTERS = 160;
const SHOWN_URL = "http://127.0.0.1:7999";

const clip = (name: string) => ({ base64: readFileSync(join(ROOT, "samples", `${name}.wav`), "base64") });
const clips = (voice: string) => [1, 2, 3, 4].map((take) => clip(`${voice}/${take}`));

/** Starts a server in an empty folder, sends one request to each operation, and ends the server. */
export async function collectExamples(folder: string): Promise<Examples> {
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: folder });
  try {
    return await requests(server.url, readFileSync(join(folder, "api-key"), "utf8").trim());
  } finally {
    server.child.kill("SIGTERM");
    await server.ended;
  }
}

async function requests(url: string, key: string): Promise<Examples> {
  const places = new Map(
    operationsOf(openApiDocument()).map((place) => [place.operation.operationId, place]),
  );
  const examples: Examples = {};
  const ask = async (id: string, body?: object, params: Record<string, string> = {}) => {
    const place = places.get(id);
    if (!place) throw new Error(`no operation ${id}`);
    const path = place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? `{${name}}`);
    const response = await fetch(url + path, {
      method: place.method.toUpperCase(),
      headers: { Authorization: `Bearer ${key}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${id}: ${response.status} ${text}`);
    const reply = text === "" ? undefined : JSON.parse(text);
    if (reply !== undefined)
      examples[id] ??= { ...(body ? { request: shortened(body, url) } : {}), reply: shortened(reply, url) };
    return reply;
  };
  await speakers(ask);
  await decisions(ask);
  await others(ask);
  return Object.fromEntries(Object.entries(examples).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const CONSENT = {
  givenBy: { who: "person" },
  text: { name: "voice-notice", version: "2026-11", language: "en" },
  purposes: ["enroll", "verify"],
  channel: "web",
};

type Ask = (
  id: string,
  body?: object,
  params?: Record<string, string>,
) => Promise<ReturnType<typeof JSON.parse>>;

async function speakers(ask: Ask): Promise<void> {
  const alice = { id: "alice" };
  const enrolled = await ask("enroll", { name: "Alice", audio: clips("slt") }, alice);
  await ask("enroll", { audio: clips("rms") }, { id: "bob" });
  await ask("createSpeaker", { id: "carol", name: "Carol", metadata: { team: "night" } });
  await ask("readSpeaker", undefined, alice);
  await ask("updateSpeaker", { name: "Alice B." }, alice);
  await ask("listSpeakers");
  await ask("listClips", undefined, alice);
  await ask("unlockSpeaker", undefined, alice);
  const consent = await ask("recordConsent", CONSENT, alice);
  await ask("withdrawConsent", { reason: "by letter" }, { ...alice, consentId: consent.id });
  await ask("recordConsent", { ...CONSENT, purposes: ["enroll", "verify", "identify"] }, alice);
  await ask("listConsents", undefined, alice);
  await ask("updateRegistry", { keepConsentProofs: true });
  await ask("enroll", { audio: clips("kal") }, { id: "erin" });
  await ask("recordConsent", CONSENT, { id: "erin" });
  await ask("eraseSpeaker", undefined, { id: "erin" });
  await ask("listConsentProofs", undefined, { id: "erin" });
  await ask("deleteClip", undefined, { ...alice, clipId: enrolled.clips[3].id });
  await ask("resetSpeaker", undefined, { id: "carol" });
  await ask("optOut", undefined, { id: "carol" });
  await ask("readRetention");
  await ask("putGroupMembers", { speakers: ["alice", "bob"] }, { id: "team" });
  await ask("putGroup", { name: "Team" }, { id: "team" });
  await ask("changeGroupMembers", { remove: ["bob"] }, { id: "team" });
  await ask("readGroup", undefined, { id: "team" });
  await ask("readGroupMembers", undefined, { id: "team" });
  await ask("listGroups");
}

async function decisions(ask: Ask): Promise<void> {
  const { decisionId } = await ask("verify", { speaker: "alice", audio: clip("slt/5") });
  await ask("createChallenge", { speaker: "alice" });
  await ask("identify", { audio: clip("rms/5") });
  await ask("compare", { audioA: clip("awb/1"), audioB: clip("awb/2") });
  await ask("measureQuality", { audio: clip("awb/3") });
  await ask("labelDecision", { verdict: "right" }, { decisionId });
  await ask("readDecision", undefined, { decisionId });
  await ask("listDecisions");
  await ask("readTrends");
  await ask("reportSpeaker", undefined, { id: "alice" });
}

async function others(ask: Ask): Promise<void> {
  const { calibrations } = await ask("listCalibrations");
  await ask("readCalibration", undefined, { calibrationId: calibrations[0].id });
  await ask("activateCalibration", { calibration: "bundled" });
  const job = await ask("calibrate", { from: "registry" });
  await ask("buildCohort", { name: "Staff", from: ["registry", "bundled"] });
  await ask("listCohorts");
  await ask("readCohort", undefined, { cohortId: "bundled" });
  await ask("activateCohort", { cohort: "bundled" });
  const file = { mediaType: "audio/wav", bytes: 96_044, sha256: "0".repeat(64) };
  const { upload } = await ask("openUpload", file);
  await ask("readUpload", undefined, { uploadId: upload.id });
  await ask("startJob", { kind: "enroll-batch", lines: [{ speaker: "bob", audio: clip("rms/6") }] });
  await ask("listJobs");
  await ask("readJob", undefined, { jobId: job.id });
  await ask("cancelJob", undefined, { jobId: job.id });
  const { key } = await ask("createKey", { name: "Door 3", scopes: ["verify"] });
  await ask("listKeys");
  await ask("readOwnKey");
  await ask("updateKey", { audioSecondsPerDay: 3600 }, { keyId: key.id });
  await ask("revokeKey", undefined, { keyId: key.id });
  await ask("createToken", { scopes: ["verify"], speaker: "alice", lifetimeSeconds: 600 });
  const { webhook } = await ask("createWebhook", { url: "https://app.example.com/voiceroll" });
  const webhookKey = { webhookId: webhook.id };
  await ask("listWebhooks");
  await ask("readWebhook", undefined, webhookKey);
  await ask("updateWebhook", { events: ["job.finished"] }, webhookKey);
  await ask("rotateWebhookSecret", { overlapSeconds: 3600 }, webhookKey);
  await ask("listWebhookDeliveries", undefined, webhookKey);
  await ask("testWebhook", undefined, webhookKey);
  await candidates(ask);
  await ask("readRegistry");
  await ask("updateRegistry", { decisionDays: 30 });
  await ask("updateRegistry", { embeddings: true });
  await ask("embedClip", { audio: clip("awb/3") });
  await ask("readAudit");
  await ask("health");
  await ask("ready");
}

/** Two strangers of a recording, and the second of them again in the next. */
async function candidates(ask: Ask): Promise<void> {
  await ask("updateRegistry", { candidateVoices: true });
  const takes = (voice: string, ...all: number[]) => all.map((take) => `${voice}/${take}`);
  await diarized(ask, [...takes("awb", 1, 2, 3), ...takes("kal", 1, 2, 3)]);
  const listed: { candidates: { id: string; heard: { voice: number }[] }[] } = await ask("listCandidates");
  // Made in one millisecond, they are listed in any order.
  const [one, two] = listed.candidates.sort((a, b) => (a.heard[0]?.voice ?? 0) - (b.heard[0]?.voice ?? 0));
  if (!one || !two) throw new Error("two strangers were not told apart");
  const id = { candidateId: one.id };
  await ask("readCandidate", undefined, id);
  await ask("rejectCandidate", { candidate: two.id }, id);
  await ask("nameCandidate", { speaker: "frank", name: "Frank" }, id);
  await diarized(ask, takes("kal", 4, 5, 6));
  const kal = { candidateId: two.id };
  const { heard } = await ask("readCandidate", undefined, kal);
  const { split } = await ask("splitCandidate", { heard: [heard[1]].map(placeOf) }, kal);
  await ask("mergeCandidates", { with: split.id, force: true }, kal);
  await ask("deleteCandidate", undefined, kal);
}

const placeOf = ({ recording, voice }: { recording: string; voice: number }) => ({ recording, voice });

async function diarized(ask: Ask, voices: readonly string[]): Promise<void> {
  const bytes = await joinedClips(voices);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { upload, form } = await ask("openUpload", { mediaType: "audio/wav", bytes: bytes.length, sha256 });
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.set(name, String(value));
  body.set("file", new Blob([bytes]));
  const posted = await fetch(form.url, { method: "POST", body });
  if (!posted.ok) throw new Error(`upload: ${posted.status}`);
  const { id } = await ask("startJob", { kind: "diarize", audio: { upload: upload.id } });
  for (;;) {
    const { job } = await ask("readJob", undefined, { jobId: id });
    if (job.state === "done") return;
    await setTimeout(200);
  }
}

/** A recording in which the clips follow each other. */
async function joinedClips(names: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Float32Array[] = [];
  for (const name of names) {
    const bytes = new Uint8Array(readFileSync(join(ROOT, "samples", `${name}.wav`)));
    parts.push((await readSamples({ bytes })).samples, new Float32Array(8000));
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(wavOf(all));
}

/** Cuts lists and texts that are long, and secrets, which nobody should copy. */
function shortened(value: unknown, url: string): unknown {
  if (typeof value === "string") {
    const text = value.replace(url, SHOWN_URL).replace(/^(v[rt]|whsec)_.*$/, "$1_...");
    return text.length > MOST_CHARACTERS ? `${text.slice(0, 40)}...` : text;
  }
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((one) => shortened(one, url));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one, url)]));
}
