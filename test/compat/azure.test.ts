/** Azure's own JavaScript SDK, the last version with REST, against a real server. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AudioConfig,
  ResultReason,
  SpeakerIdentificationModel,
  SpeakerRecognizer,
  SpeakerVerificationModel,
  SpeechConfig,
  VoiceProfileClient,
  VoiceProfileType,
} from "microsoft-cognitiveservices-speech-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, type ServerProcess, startProcess } from "../functions/process.ts";
import { documented, documentedProxy } from "./documented-proxy.ts";

const { TextIndependentIdentification, TextIndependentVerification } = VoiceProfileType;

let server: ServerProcess;
let proxy: Awaited<ReturnType<typeof documentedProxy>>;
let key = "";
let config: SpeechConfig;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voiceroll-azure-"));
  server = await startProcess("functions/local.ts", { VOICEROLL_DATA: folder });
  proxy = await documentedProxy(server.url);
  key = (await readFile(join(folder, "api-key"), "utf8")).trim();
  config = SpeechConfig.fromEndpoint(new URL(`${proxy.url}/compat/azure`), key);
});
afterAll(async () => {
  proxy.close();
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

const audio = async (file: string) =>
  AudioConfig.fromWavFileInput(await readFile(join(ROOT, "samples", `${file}.wav`)));

/** Creates a profile and enrolls four clips of a voice. */
async function enrolled(client: VoiceProfileClient, type: VoiceProfileType, voice: string) {
  const profile = await client.createProfileAsync(type, "en-us");
  const results = [];
  for (const take of ["1", "2", "3", "4"])
    results.push(await client.enrollProfileAsync(profile, await audio(`${voice}/${take}`)));
  return { profile, results };
}

const recognized = async (model: SpeakerIdentificationModel | SpeakerVerificationModel, file: string) =>
  new SpeakerRecognizer(config, await audio(file)).recognizeOnceAsync(model);

test("the SDK enrolls a profile, and its recognizer accepts the speaker and rejects another", async () => {
  const client = new VoiceProfileClient(config);
  const { profile, results } = await enrolled(client, TextIndependentVerification, "awb");
  const { EnrollingVoiceProfile, EnrolledVoiceProfile } = ResultReason;
  expect(results.map(({ reason }) => reason)).toEqual([
    ...Array(3).fill(EnrollingVoiceProfile),
    EnrolledVoiceProfile,
  ]);
  expect(results.at(-1)?.enrollmentResultDetails).toMatchObject({
    enrollmentStatus: "Enrolled",
    enrollmentsCount: 4,
    remainingEnrollmentsSpeechLengthInSec: 0,
  });
  const model = SpeakerVerificationModel.fromProfile(profile);
  const own = await recognized(model, "awb/5");
  expect([own.reason, own.profileId]).toEqual([ResultReason.RecognizedSpeaker, profile.profileId]);
  expect(own.score).toBeGreaterThan(0.5);
  const other = await recognized(model, "rms/5");
  expect(other.reason).toBe(ResultReason.NoMatch);
  expect(other.score).toBeLessThan(own.score);
}, 120_000);

test("the SDK identifies a speaker among profiles, and nobody else", async () => {
  const client = new VoiceProfileClient(config);
  const kal = await enrolled(client, TextIndependentIdentification, "kal");
  const slt = await enrolled(client, TextIndependentIdentification, "slt");
  const model = SpeakerIdentificationModel.fromProfiles([kal.profile, slt.profile]);
  const found = await recognized(model, "slt/5");
  expect([found.reason, found.profileId]).toEqual([ResultReason.RecognizedSpeaker, slt.profile.profileId]);
  const unknown = await recognized(model, "rms/5");
  expect(unknown.profileId).toBe("00000000-0000-0000-0000-000000000000");
}, 120_000);

test("the SDK lists, resets and deletes profiles, and reads the phrases", async () => {
  const client = new VoiceProfileClient(config);
  const profile = await client.createProfileAsync(TextIndependentVerification, "en-us");
  const listed = await client.getAllProfilesAsync(TextIndependentVerification);
  expect(JSON.stringify(listed)).toContain(profile.profileId);
  const reset = await client.resetProfileAsync(profile);
  expect(reset.reason).toBe(ResultReason.ResetVoiceProfile);
  const { phrases } = await client.getActivationPhrasesAsync(TextIndependentVerification, "en-us");
  expect(phrases).toHaveLength(1);
  const deleted = await client.deleteProfileAsync(profile);
  expect(deleted.reason).toBe(ResultReason.DeletedVoiceProfile);
  expect((await ask("GET", `${VERIFICATION}/${profile.profileId}`)).status).toBe(404);
}, 120_000);

const VERIFICATION = "/compat/azure/speaker-recognition/verification/text-independent/profiles";
const V2 = "/compat/azure/speaker/verification/v2.0/text-independent/profiles";

async function ask(
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const all = { "Ocp-Apim-Subscription-Key": key, ...headers };
  const reply = await fetch(`${proxy.url}${path}`, { method, headers: all, ...(body ? { body } : {}) });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text ? JSON.parse(text) : undefined };
}

test("version 2.0 has its own paths and names, for the same profiles", async () => {
  const { status, body } = await ask("POST", V2, '{"locale":"en-US"}', {
    "Content-Type": "application/json",
  });
  expect([status, body.enrollmentStatus, body.remainingEnrollmentsSpeechLength]).toEqual([
    201,
    "Enrolling",
    20,
  ]);
  const clip = new Uint8Array(await readFile(join(ROOT, "samples/awb/6.wav")));
  const type = { "Content-Type": "audio/wav; codecs=audio/pcm" };
  const enrollment = await ask("POST", `${V2}/${body.profileId}/enrollments`, clip, type);
  expect(enrollment.body.enrollmentsCount).toBe(1);
  expect(enrollment.body.audioSpeechLength).toBeGreaterThan(2);
  const rms = new Uint8Array(await readFile(join(ROOT, "samples/rms/6.wav")));
  const verified = await ask("POST", `${V2}/${body.profileId}/verify`, rms, type);
  expect([verified.status, verified.body.recognitionResult]).toEqual([200, "Reject"]);
  expect(verified.headers.get("Voiceroll-Decision-Id")).toMatch(/^dec_/);
  expect((await ask("GET", `${VERIFICATION}/${body.profileId}`)).body.enrollmentsCount).toBe(1);
  const identified = await ask("POST", `${V2}/identifySingleSpeaker?profileIds=${body.profileId}`, rms, type);
  expect([identified.status, identified.body.profilesRanking.length]).toEqual([200, 1]);
  const read = await ask("GET", `${V2}/${body.profileId}`);
  expect((await ask("GET", `${V2}?$top=500`)).body.value).toContainEqual(read.body);
  expect((await ask("POST", `${V2}/${body.profileId}/reset`)).status).toBe(204);
  expect((await ask("DELETE", `${V2}/${body.profileId}`)).status).toBe(204);
  expect((await ask("GET", V2.replace("profiles", "phrases/en-us"))).body.value).toHaveLength(1);
});

test("errors have Azure's form, with statuses that its clients expect", async () => {
  const none = await ask("GET", `${VERIFICATION}/none`);
  expect([none.status, none.body.error.code]).toEqual([404, "NotFound"]);
  const keyless = await ask("GET", VERIFICATION, undefined, { "Ocp-Apim-Subscription-Key": "wrong" });
  expect([keyless.status, keyless.body.error.code]).toEqual([401, "Unauthorized"]);
  const { profileId } = (await ask("POST", VERIFICATION, '{"locale":"en-us"}')).body;
  const unenrolled = await ask("POST", `${VERIFICATION}/${profileId}:verify`, new Uint8Array(100));
  expect([unenrolled.status, unenrolled.body.error.code]).toEqual([400, "InvalidRequest"]);
  const text = await ask("POST", `${VERIFICATION}/${profileId}/enrollments`, "not audio");
  expect([text.status, text.body.error.message]).toEqual([400, expect.stringMatching(/\w/)]);
  const dependent = await ask("GET", VERIFICATION.replace("independent", "dependent"));
  expect([dependent.status, dependent.body.error.message]).toEqual([
    404,
    expect.stringContaining("supported"),
  ]);
});

test("requests and replies are as the OpenAPI document says, and every operation was called", () => {
  expect(proxy.faults).toEqual([]);
  expect([...proxy.seen].sort()).toEqual(documented(/azure/).sort());
});
