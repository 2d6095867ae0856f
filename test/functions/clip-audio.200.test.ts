import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordingFile } from "../../lib/domain/speaker/recording.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { idOf } from "../bad-input/stage.ts";
import { bytesOf, client, json, wav } from "./client.ts";

test("returns a recording byte for byte as it was enrolled, and the audit log says so", async () => {
  const c = await client();
  const body = bytesOf("voice=ann take=1");
  const { clips } = (await c.call("POST", "/speakers/ann/enroll", { headers: wav, body })).body;
  const path = `/speakers/ann/clips/${clips[0].id}/audio`;
  const response = await c.app.request(path, { headers: { Authorization: `Bearer ${c.key}` } });
  expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/octet-stream"]);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  expect(response.headers.get("Content-Disposition")).toBe(`attachment; filename="${clips[0].id}"`);
  expect(response.headers.get("Content-Security-Policy")).toContain("sandbox");
  const { entries } = (await c.call("GET", "/audit")).body;
  expect(entries.at(-1)).toMatchObject({ operation: "readClipAudio", details: { clipId: clips[0].id } });

  const refused = await c.call("GET", path, { key: await c.keyWith(["speakers:read"]) });
  expect([refused.status, refused.body.detail]).toEqual([403, "This key needs the scope clips:read."]);
  const player = await c.call("GET", path, { headers: { Accept: "audio/*" } });
  expect(player.status).toBe(200);
});

test("names the type by the bytes, whatever the client sent", async () => {
  const c = await client();
  const enrolled = await c.enroll("ann", "1");
  const [{ id }] = enrolled.body.clips;
  const bytes = readFileSync(join(import.meta.dirname, "../../samples/awb/1.wav"));
  const { registry, registryId } = c.services;
  const speaker = await c.services.speakers.get(registryId, idOf("ann"));
  if (!speaker) throw new RangeError("no speaker");
  const audioSha256 = sha256Of(bytes);
  const services = {
    ...c.services,
    speakers: {
      ...c.services.speakers,
      get: async () => ({ ...speaker, clips: speaker.clips.map((one) => ({ ...one, audioSha256 })) }),
    },
    clips: { ...c.services.clips, get: async () => new Uint8Array(bytes) },
  };
  const file = await recordingFile(services, { registry, speakerId: idOf("ann"), clipId: id });
  expect([file.mediaType, file.name]).toEqual(["audio/wav", `${id}.wav`]);
});

test("a clip without a recording, an unknown clip and another speaker's clip are not found", async () => {
  const c = await client();
  const body = bytesOf("voice=ann take=1");
  const { clips } = (await c.call("POST", "/speakers/ann/enroll?keepAudio=false", { headers: wav, body }))
    .body;
  await c.enroll("bob", "1");
  for (const path of [`ann/clips/${clips[0].id}`, "ann/clips/clp_none", `bob/clips/${clips[0].id}`])
    expect((await c.call("GET", `/speakers/${path}/audio`, { headers: json })).body.type).toMatch(
      /clip-not-found$/,
    );
});
