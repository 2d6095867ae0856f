import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { enrollFake, openStage } from "../bad-input/stage.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const DEADLINE_MS = 1500;
const PIECES = 12;
const PAUSE_MS = 200;

test("a slow but steady client may send its body: the deadline starts when the body is in", async () => {
  const stage = await openStage({ deadlineMs: DEADLINE_MS });
  onTestFinished(() => stage.close());
  await enrollFake(stage, "alice", "1", "2");
  const clip = Buffer.from(fakeClip("voice=alice take=3").bytes);
  const socket = connect(stage.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const reply = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
  const head = [
    "POST /verify?speaker=alice HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${stage.key}`,
    "Content-Type: audio/wav",
    `Content-Length: ${clip.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const size = Math.ceil(clip.length / PIECES);
  const startMs = performance.now();
  for (let at = 0; at < clip.length; at += size) {
    await sleep(PAUSE_MS);
    socket.write(clip.subarray(at, at + size));
  }
  // The body alone took longer than the deadline.
  expect(performance.now() - startMs).toBeGreaterThan(DEADLINE_MS);
  expect(await reply).toMatch(/^HTTP\/1.1 200 /);
});
