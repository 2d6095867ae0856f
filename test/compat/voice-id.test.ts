/** Runs Amazon's Voice ID client against a real server. It gets only an endpoint and a key. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AssociateFraudsterCommand,
  CreateWatchlistCommand,
  DeleteSpeakerCommand,
  DeleteWatchlistCommand,
  DescribeSpeakerCommand,
  DescribeWatchlistCommand,
  DisassociateFraudsterCommand,
  EvaluateSessionCommand,
  ListSpeakersCommand,
  ListWatchlistsCommand,
  OptOutSpeakerCommand,
  StartFraudsterRegistrationJobCommand,
  VoiceIDClient,
} from "@aws-sdk/client-voice-id";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, type ServerProcess, startProcess } from "../functions/process.ts";
import { documented, documentedProxy } from "./documented-proxy.ts";

const DomainId = "abcdefghijklmnopqrstuv";
let server: ServerProcess;
let proxy: Awaited<ReturnType<typeof documentedProxy>>;
let folder = "";
let key = "";
let client: VoiceIDClient;
const clientWith = (accessKeyId: string) =>
  new VoiceIDClient({
    endpoint: `${proxy.url}/compat/voice-id`,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: "anything" },
  });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voiceroll-voice-id-"));
  server = await startProcess("functions/local.ts", { VOICEROLL_DATA: folder });
  proxy = await documentedProxy(server.url);
  key = (await readFile(join(folder, "api-key"), "utf8")).trim();
  client = clientWith(key);
  for (const take of [1, 2, 3, 4]) await enroll("awb", take);
  await enroll("kal", 1);
});
afterAll(async () => {
  proxy.close();
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

const clipOf = async (voice: string, take: number) =>
  new Uint8Array(await readFile(join(ROOT, `samples/${voice}/${take}.wav`)));

async function api(path: string, type: string, body: string | Uint8Array<ArrayBuffer>) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": type };
  const reply = await fetch(`${server.url}${path}`, { method: "POST", headers, body });
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json() as ReturnType<typeof JSON.parse>;
}
const enroll = async (voice: string, take: number) =>
  api(`/speakers/${voice}/enroll`, "audio/wav", await clipOf(voice, take));

/** Uploads a clip as docs/uploads.md says, and returns the upload's ID. */
async function uploaded(voice: string, take: number): Promise<string> {
  const clip = await clipOf(voice, take);
  const sha256 = createHash("sha256").update(clip).digest("hex");
  const announced = JSON.stringify({ mediaType: "audio/wav", bytes: clip.length, sha256 });
  const { upload, form } = await api("/uploads", "application/json", announced);
  const fields = new FormData();
  for (const [name, value] of Object.entries<string>(form.fields)) fields.append(name, value);
  fields.append("file", new Blob([clip]), "clip.wav");
  expect((await fetch(form.url, { method: "POST", body: fields })).ok).toBe(true);
  return upload.id;
}

const evaluated = async (speaker: string, upload: string) =>
  (await client.send(new EvaluateSessionCommand({ DomainId, SessionNameOrId: `${speaker}@${upload}` })))
    .AuthenticationResult;

test("describes and lists speakers page by page", async () => {
  const { Speaker } = await client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: "awb" }));
  expect(Speaker).toMatchObject({ DomainId, CustomerSpeakerId: "awb", Status: "ENROLLED" });
  expect(Speaker?.GeneratedSpeakerId).toMatch(/^spk_/);
  expect(Speaker?.CreatedAt).toBeInstanceOf(Date);
  const first = await client.send(new ListSpeakersCommand({ DomainId, MaxResults: 1 }));
  const second = await client.send(
    new ListSpeakersCommand({ DomainId, MaxResults: 1, NextToken: first.NextToken }),
  );
  const ids = [first, second].flatMap(({ SpeakerSummaries }) =>
    SpeakerSummaries?.map((one) => one.CustomerSpeakerId),
  );
  expect(ids).toEqual(["awb", "kal"]);
});

test("evaluates an uploaded clip: accepts the speaker, rejects another, and names who can't be verified", async () => {
  const own = await evaluated("awb", await uploaded("awb", 5));
  expect(own).toMatchObject({ Decision: "ACCEPT", CustomerSpeakerId: "awb" });
  expect(own?.AuthenticationResultId).toMatch(/^dec_/);
  const other = await evaluated("awb", await uploaded("rms", 5));
  expect(other?.Decision).toBe("REJECT");
  expect(other?.Score).toBeLessThan(own?.Score ?? 0);
  expect((await evaluated("nobody", await uploaded("rms", 6)))?.Decision).toBe("SPEAKER_NOT_ENROLLED");
});

test("watchlists are groups", async () => {
  const { Watchlist } = await client.send(new CreateWatchlistCommand({ DomainId, Name: "Known fraudsters" }));
  const WatchlistId = Watchlist?.WatchlistId ?? "";
  await client.send(new AssociateFraudsterCommand({ DomainId, WatchlistId, FraudsterId: "kal" }));
  const headers = { Authorization: `Bearer ${key}` };
  const members = await fetch(`${server.url}/groups/${WatchlistId}/members`, { headers });
  expect(await members.json()).toEqual({ speakers: ["kal"] });
  const out = await client.send(
    new DisassociateFraudsterCommand({ DomainId, WatchlistId, FraudsterId: "kal" }),
  );
  expect(out.Fraudster?.WatchlistIds).toEqual([]);
  const described = await client.send(new DescribeWatchlistCommand({ DomainId, WatchlistId }));
  expect(described.Watchlist?.Name).toBe("Known fraudsters");
  const { WatchlistSummaries } = await client.send(new ListWatchlistsCommand({ DomainId }));
  expect(WatchlistSummaries?.map((one) => one.WatchlistId)).toEqual([WatchlistId]);
  await client.send(new DeleteWatchlistCommand({ DomainId, WatchlistId }));
  await expect(client.send(new DescribeWatchlistCommand({ DomainId, WatchlistId }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    ResourceType: "WATCHLIST",
  });
});

test("opts a speaker out and erases one", async () => {
  const { Speaker } = await client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: "refuser" }));
  expect(Speaker?.Status).toBe("OPTED_OUT");
  expect((await evaluated("refuser", await uploaded("slt", 1)))?.Decision).toBe("SPEAKER_OPTED_OUT");
  await enroll("slt", 2);
  await client.send(new DeleteSpeakerCommand({ DomainId, SpeakerId: "slt" }));
  await expect(client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId: "slt" }))).rejects.toMatchObject(
    {
      name: "ResourceNotFoundException",
      ResourceType: "SPEAKER",
    },
  );
});

test("only the access key ID counts, and what isn't supported says what replaces it", async () => {
  const speaker = new DescribeSpeakerCommand({ DomainId, SpeakerId: "awb" });
  await expect(clientWith("AKIAWRONG").send(speaker)).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  const start = new StartFraudsterRegistrationJobCommand({
    DomainId,
    DataAccessRoleArn: "arn:aws:iam::111122223333:role/a",
    InputDataConfig: { S3Uri: "s3://bucket/input.json" },
    OutputDataConfig: { S3Uri: "s3://bucket/out" },
  });
  await expect(client.send(start)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("docs/migrate-from-voice-id.md"),
  });
});

test("requests and replies are as the OpenAPI document says, and every operation was called", () => {
  // voice-id-jobs.test.ts runs those of jobs.
  const others = documented(/voice-id/).filter((name) => !/Job|Output/.test(name));
  expect(proxy.faults).toEqual([]);
  expect([...proxy.seen].sort()).toEqual(others.sort());
});
