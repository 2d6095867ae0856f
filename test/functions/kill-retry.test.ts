import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { sweep } from "../../lib/domain/maintenance/sweep.ts";
import { openTestServices } from "../support/services.ts";
import { base64Of, json } from "./client.ts";
import { type ServerProcess, startProcess } from "./process.ts";

type Reply = { status: number; body: { created: boolean; clips: { id: string }[] } };

/** Undefined if the server died before it replied. */
async function enroll(
  { url }: ServerProcess,
  { key, speaker }: { key: string; speaker: string },
): Promise<Reply | undefined> {
  const audio = { base64: base64Of(`voice=${speaker} take=1`) };
  const headers = { ...json, Authorization: `Bearer ${key}`, "Idempotency-Key": speaker };
  const posted = { method: "POST", headers, body: JSON.stringify({ audio }) };
  const reply = await fetch(`${url}/speakers/${speaker}/enroll`, posted).catch(() => undefined);
  return reply && { status: reply.status, body: (await reply.json()) as Reply["body"] };
}

test("after a kill -9 at any write, another process takes the request over at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-kill-retry-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const start = async (env: Record<string, string> = {}) => {
    const server = await startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: folder, ...env });
    onTestFinished(() => void server.child.kill("SIGKILL"));
    return server;
  };
  const survivor = await start();
  const key = /key (\S+)/.exec(survivor.output())?.[1] ?? "";
  let kills = 0;
  for (;;) {
    const given = { key, speaker: `s${kills}` };
    const dying = await start({ VOICEROLL_KILL_AFTER: String(kills + 1) });
    const first = await enroll(dying, given);
    const reply = first ?? (await enroll(survivor, given));
    expect([reply?.status, reply?.body.created, reply?.body.clips.length]).toEqual([201, true, 1]);
    if (first) break;
    expect(await dying.ended).toBe("SIGKILL");
    kills += 1;
  }
  // The claim, the recording, the clip, the speaker and the reply.
  expect(kills).toBeGreaterThanOrEqual(5);

  const services = await openTestServices({ folder });
  onTestFinished(() => services.close());
  const { registryId } = services;
  const { items } = await services.speakers.list(registryId, undefined, 100);
  expect(items.map(({ version, clips }) => [version, clips.length])).toEqual(items.map(() => [1, 1]));
  expect(items).toHaveLength(kills + 1);
  await sweep(services, { registryId });
  expect((await fsck(services)).findings).toEqual([]);
}, 180_000);
