/* Parts of recordings in requests. test/adapters/cut-clip.test.ts has what the real model cuts. */
import { expect, test } from "vitest";
import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";
import { work } from "./job.ts";
import { uploaded } from "./upload.ts";

/** A recording of 100 s with 60 s of speech. A part of it has no more speech than seconds. */
const long = (take: string, voice = "ann") => `voice=${voice} take=${take} seconds=60 total=100`;
const inline = (take: string, more: object = {}) => ({ base64: base64Of(long(take)), ...more });
const send = (c: Client, path: string, body: object) =>
  c.call("POST", path, { headers: json, body: JSON.stringify(body) });
const segment = (start: number, end: number) => ({ segment: { start, end } });
const speechOf = ({ body }: { body: { clips: { quality: { speechSeconds: number } }[] } }) =>
  body.clips.map(({ quality }) => quality.speechSeconds);

test("each clip of an enrollment has its own part, and else the request's", async () => {
  const c = await client();
  const upload = await uploaded(c, long("4"));
  const audio = [
    inline("1", segment(10, 15)),
    inline("2"),
    inline("3", { firstSpeechSeconds: 7 }),
    { upload, ...segment(20, 24.5) },
  ];
  const enrolled = await send(c, "/speakers/ann/enroll", { audio, ...segment(0, 9) });
  expect(enrolled.status).toBe(201);
  expect(speechOf(enrolled)).toEqual([5, 9, 7, 4.5]);
});

test("the part is what is stored, and what a copy of it is compared with", async () => {
  const c = await client();
  const { clips } = (await send(c, "/speakers/ann/enroll", { audio: inline("1", segment(10, 15)) })).body;
  const stored = { clip: clips[0].id, speaker: "ann" };
  const compared = await send(c, "/compare", { audioA: stored, audioB: inline("1", segment(10, 15)) });
  expect(compared.body).toMatchObject({ decision: "accept", replaySuspected: true });
  expect(compared.body.qualityA.totalSeconds).toBe(5);
  const again = await send(c, "/speakers/ann/enroll", { audio: inline("1", segment(10, 15)) });
  expect([again.status, again.body.type]).toEqual([409, "urn:voiceroll:problem:duplicate-clip"]);
  const part = await send(c, "/compare", { audioA: { ...stored, ...segment(1, 3) }, audioB: inline("2") });
  expect(part.body.qualityA.totalSeconds).toBe(2);
});

test("verify and identify take a part in the query, in a form and in JSON", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  const body = bytesOf(long("5"));
  const seconds = async (path: string, init: Parameters<Client["call"]>[2]) =>
    (await c.call("POST", path, init)).body.quality.totalSeconds;
  for (const path of ["/verify", "/identify"]) {
    const speaker = path === "/verify" ? "ann" : undefined;
    const query = speaker ? "speaker=ann&" : "";
    expect(await seconds(`${path}?${query}segment=10-12.5`, { headers: wav, body })).toBe(2.5);
    expect(await seconds(`${path}?${query}firstSpeechSeconds=4`, { headers: wav, body })).toBe(5);
    const form = new FormData();
    form.append("audio", new File([body], "a.wav", { type: "audio/wav" }));
    form.append("segment", "10-13");
    if (speaker) form.append("speaker", speaker);
    expect(await seconds(path, { body: form })).toBe(3);
    const fields = { ...(speaker ? { speaker } : {}), audio: inline("6"), ...segment(7, 8.5) };
    expect(await seconds(path, { headers: json, body: JSON.stringify(fields) })).toBe(1.5);
  }
});

test("both sides of a comparison have their own part", async () => {
  const c = await client();
  const lengths = async (fields: object) => {
    const { qualityA, quality } = (await send(c, "/compare", fields)).body;
    return [qualityA.totalSeconds, quality.totalSeconds];
  };
  const sides = { audioA: inline("1"), audioB: inline("2") };
  expect(await lengths({ ...sides, ...segment(0, 3) })).toEqual([3, 3]);
  expect(await lengths({ ...sides, ...segment(0, 3), segmentB: { start: 1, end: 3 } })).toEqual([3, 2]);
  expect(await lengths({ ...sides, segmentA: { start: 1, end: 5 }, firstSpeechSecondsB: 6 })).toEqual([4, 7]);
});

test("the channel of a part is chosen once, before it is cut", async () => {
  const c = await client();
  const call = Buffer.from("voice=ann take=1 seconds=60 | voice=bob take=1 seconds=60").toString("base64");
  const audio = { base64: call, ...segment(5, 15) };
  expect((await send(c, "/speakers/bob/enroll", { audio, channel: 1 })).status).toBe(201);
  const lines = [{ speaker: "bea", channel: 1, audio: { base64: call, ...segment(20, 30) } }];
  const { id } = (await send(c, "/jobs", { kind: "enroll-batch", lines })).body;
  await work(c, id);
  expect((await c.call("GET", `/jobs/${id}`)).body.job).toMatchObject({ succeeded: 1, failed: 0 });
  const { audioA, audioB } = { audioA: { base64: base64Of("voice=bob take=7") }, audioB: audio };
  expect((await send(c, "/compare", { audioA, audioB, channelB: 1 })).body.decision).toBe("accept");
});

test("an upload that is enrolled on arrival is enrolled in part", async () => {
  const c = await client();
  const enroll = { speaker: "ann", ...segment(50, 58) };
  const uploadId = (await uploaded(c, long("1"), { enroll })) as `upl_${string}`;
  await enrollUpload(c.services, { registryId: c.services.registryId, uploadId });
  expect((await c.call("GET", `/uploads/${uploadId}`)).body.state).toBe("enrolled");
  expect((await c.call("GET", "/speakers/ann")).body.speechSeconds).toBe(8);
});

test("an upload stays usable for other parts, also of one request, and not after it was used whole", async () => {
  const c = await client();
  const upload = await uploaded(c, "voice=ann take=1 seconds=100 total=110");
  const audio = [segment(0, 10), segment(20, 31), { ...segment(60, 80) }].map((part) => ({
    upload,
    ...part,
  }));
  const enrolled = await send(c, "/speakers/ann/enroll", { audio, force: true });
  expect(speechOf(enrolled)).toEqual([10, 11, 20]);
  const probe = (part: object) => send(c, "/verify", { speaker: "ann", audio: { upload, ...part } });
  expect((await probe(segment(40, 50))).status).toBe(200);
  const lines = [
    {
      speaker: "ann",
      force: true,
      audio: [segment(50, 55), segment(90, 96)].map((part) => ({ upload, ...part })),
    },
  ];
  const { id } = (await send(c, "/jobs", { kind: "enroll-batch", lines })).body;
  await work(c, id);
  expect((await c.call("GET", `/jobs/${id}`)).body.job).toMatchObject({ succeeded: 1, failed: 0 });
  expect((await c.call("GET", `/uploads/${upload}`)).body.state).toBe("arrived");
  expect((await probe({})).status).toBe(200);
  expect((await probe(segment(40, 50))).body.type).toBe("urn:voiceroll:problem:upload-consumed");
});

test("an upload over 24 MiB is read from the disk, as a whole if it is short enough, or in part", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  const padded = (text: string) => `${text} pad=${"x".repeat(25 * 1024 * 1024)}`;
  const probe = async (text: string, more: object = {}) => {
    const upload = await uploaded(c, padded(text));
    return (await send(c, "/verify", { speaker: "ann", audio: { upload, ...more } })).body;
  };
  expect(await probe("voice=ann take=3 seconds=60")).toMatchObject({ decision: "accept" });
  expect((await probe("voice=ann take=4 seconds=200", segment(100, 110))).quality.totalSeconds).toBe(10);
  expect(await probe("voice=ann take=5 seconds=200")).toMatchObject({
    status: 413,
    type: "urn:voiceroll:problem:audio-too-long",
  });
});
