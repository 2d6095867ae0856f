import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { admissionGate, type GateLimits } from "../../functions/http/guard/admission.ts";
import { enrollFake, openStage, type Stage } from "../bad-input/stage.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const clip = Buffer.from(fakeClip("voice=alice take=3").bytes);

async function stageWithPlaces(limits: GateLimits) {
  const stage = await openStage({ gate: admissionGate(limits) });
  onTestFinished(() => stage.close());
  await enrollFake(stage, "alice", "1", "2");
  return stage;
}

type Slow = { socket: Socket; reply: Promise<string> };

/** Sends a verification whose last byte is missing. */
function startSlow({ port, key }: Stage): Slow {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const reply = new Promise<string>((resolve, reject) => {
    socket.once("data", (chunk) => resolve(String(chunk)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed the connection without a reply")));
  });
  reply.catch(() => undefined);
  const head = [
    "POST /verify?speaker=alice HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${key}`,
    "Content-Type: audio/wav",
    `Content-Length: ${clip.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(clip.subarray(0, -1));
  return { socket, reply };
}

test("a client that holds back its body keeps no one else out, and is served when the body is in", async () => {
  const stage = await stageWithPlaces({ requests: 1, bytes: 1e9 });
  const slow = startSlow(stage);
  const verify = () =>
    fetch(`${stage.url}/verify?speaker=alice`, {
      method: "POST",
      headers: { Authorization: `Bearer ${stage.key}`, "Content-Type": "audio/wav" },
      body: new Uint8Array(clip),
    });
  await expect.poll(async () => (await verify()).status, { timeout: 10_000, interval: 100 }).toBe(503);
  await expect.poll(async () => (await verify()).status, { timeout: 10_000, interval: 100 }).toBe(200);
  slow.socket.write(clip.subarray(-1));
  expect(await slow.reply).toMatch(/^HTTP\/1.1 200 /);
});

test("a slow body beyond those that the server awaits is refused, and its connection closed", async () => {
  const stage = await stageWithPlaces({ requests: 10, bytes: 1.5 * clip.length });
  await startAdmitted(stage);
  // Until the first body counts as slow, there is no room for a second one.
  const second = await startAdmitted(stage);
  expect(await second.reply).toMatch(/^HTTP\/1.1 503 .*Connection: close/is);
});

/** Sends a verification without its last byte, repeatedly, until the server awaits that byte. */
async function startAdmitted(stage: Stage): Promise<Slow> {
  for (;;) {
    const slow = startSlow(stage);
    // A refusal at the door takes milliseconds. A second is the time after which a body is slow.
    const refused = await Promise.race([slow.reply.then(() => true), sleep(700, false)]);
    if (!refused) return slow;
    // Without a pause, a fast machine sends more than a key's 1,000 requests a minute.
    slow.socket.destroy();
    await sleep(50);
  }
}
