import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { idOf } from "../bad-input/stage.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { startProcess } from "./process.ts";

const ROUNDS = 4;
const WRITERS = 8;
const SPEAKERS = 3;

type Acknowledged = { speaker: string; clipId: string };

/** Enrolls until the server is gone. Returns what the server has acknowledged. */
async function enrollUntilKilled(
  { url, key, writer }: { url: string; key: string; writer: string },
  acknowledge: (one: Acknowledged) => void,
): Promise<void> {
  const [round] = writer.split("-");
  for (let take = 0; ; take++) {
    const speaker = `${round}-speaker-${take % SPEAKERS}`;
    const clip = fakeClip(`voice=${speaker} take=${writer}-${take}`);
    try {
      const reply = await fetch(`${url}/speakers/${speaker}/enroll`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" },
        body: new Uint8Array(clip.bytes),
      });
      const body = (await reply.json()) as { clips: { id: string }[] };
      if (reply.status === 201) acknowledge({ speaker, clipId: body.clips[0].id });
    } catch {
      return;
    }
  }
}

test("kill -9 during enrollments loses no acknowledged clip", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-kill-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: folder });
    const key = /key (\S+)/.exec(server.output())?.[1] ?? "";
    // The other writers are then in the middle of a write. The number varies between rounds.
    let left = 7 + 5 * round;
    const acknowledge = (one: Acknowledged) => {
      acknowledged.push(one);
      if (--left === 0) server.child.kill("SIGKILL");
    };
    const writers = Array.from({ length: WRITERS }, (_, i) => `${round}-${i}`);
    await Promise.all(
      writers.map((writer) => enrollUntilKilled({ url: server.url, key, writer }, acknowledge)),
    );
    await server.ended;
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 7);

  const services = await openTestServices({ folder });
  onTestFinished(() => services.close());
  const { registryId } = services;
  for (const name of new Set(acknowledged.map((one) => one.speaker))) {
    const speaker = await services.speakers.get(registryId, idOf(name));
    if (!speaker) throw new Error(`${name} is lost`);
    const listed = speaker.clips.map((clip) => clip.clipId);
    const own = acknowledged.filter((one) => one.speaker === name).map((one) => one.clipId);
    expect(own.filter((id) => !listed.some((one) => one === id))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
    const sum = new Float64Array(speaker.sum.length);
    for (const clipId of listed) {
      expect(await services.clips.get(registryId, speaker.uid, clipId)).toBeDefined();
      const item = await services.speakers.getClip(registryId, speaker.uid, clipId);
      item?.embedding.forEach((value, i) => {
        sum[i] += value;
      });
    }
    expect(speaker.sum).toEqual(sum);
  }
});
