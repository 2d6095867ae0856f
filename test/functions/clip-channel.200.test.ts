import { expect, test } from "vitest";
import { base64Of, type Client, client, json } from "./client.ts";
import { work } from "./job.ts";
import { uploaded } from "./upload.ts";

/** A call: one person on each channel. */
const call = (take: number) => `voice=ann take=${take} seconds=6 | voice=bob take=${take} seconds=6`;
const side = (take: number, channel?: number) => ({ base64: base64Of(call(take)), channel });
const send = (c: Client, path: string, body: object) =>
  c.call("POST", path, { headers: json, body: JSON.stringify(body) });

test("each clip of an enrollment has its own channel, and else the request's", async () => {
  const c = await client();
  const upload = await uploaded(c, call(3));
  const mixed = { audio: [side(1, 0), { base64: base64Of("voice=ann take=2") }, { upload, channel: 0 }] };
  expect((await send(c, "/speakers/ann/enroll", mixed)).status).toBe(201);
  const others = { audio: [side(1), side(2, 1)], channel: 1 };
  expect((await send(c, "/speakers/bob/enroll", others)).status).toBe(201);
  for (const [speaker, channel] of [
    ["ann", 0],
    ["bob", 1],
  ])
    expect((await send(c, "/verify", { speaker, audio: side(9), channel })).body.decision).toBe("accept");
  const none = await send(c, "/speakers/eve/enroll", { audio: [side(1, 0), side(2)] });
  expect(none.body).toMatchObject({ status: 422, type: "urn:voiceroll:problem:audio-unsupported-layout" });
});

test("both sides of a comparison have their own channel", async () => {
  const c = await client();
  const decided = async (body: object) => (await send(c, "/compare", body)).body.decision;
  expect(await decided({ audioA: side(1, 0), audioB: side(2, 0) })).toBe("accept");
  expect(await decided({ audioA: side(1, 0), audioB: side(2, 1) })).toBe("reject");
  expect(await decided({ audioA: side(1), audioB: side(2), channelA: 0, channelB: 1 })).toBe("reject");
  expect(await decided({ audioA: side(1), audioB: side(2, 1), channel: 1 })).toBe("accept");

  const form = new FormData();
  for (const name of ["audioA", "audioB"])
    form.append(name, new File([`${call(name === "audioA" ? 1 : 2)}`], "call.wav", { type: "audio/wav" }));
  form.append("channelA", "0");
  form.append("channelB", "0");
  expect((await c.call("POST", "/compare", { body: form })).body.decision).toBe("accept");
});

test("an enrolled clip is compared by its own channel unless the request names another", async () => {
  const c = await client();
  const { clips } = (await send(c, "/speakers/ann/enroll", { audio: side(1, 0) })).body;
  const stored = (channel?: number) => ({ clip: clips[0].id, speaker: "ann", channel });
  const decided = async (channel?: number) =>
    (await send(c, "/compare", { audioA: stored(channel), audioB: side(2, 0) })).body.decision;
  expect([await decided(), await decided(0), await decided(1)]).toEqual(["accept", "accept", "reject"]);
});

test("each clip of a batch line has its own channel", async () => {
  const c = await client();
  const lines = [
    { speaker: "bob", channel: 0, audio: [side(1, 1), { base64: base64Of("voice=bob take=2") }] },
  ];
  const { id } = (await send(c, "/jobs", { kind: "enroll-batch", lines })).body;
  await work(c, id);
  expect((await c.call("GET", `/jobs/${id}`)).body.job).toMatchObject({ succeeded: 1, failed: 0 });
  const { decision } = (await send(c, "/verify", { speaker: "bob", audio: side(9, 1) })).body;
  expect(decision).toBe("accept");
});
