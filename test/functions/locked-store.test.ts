import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { startProcess } from "./process.ts";

/** Starts a server, and locks its database from this process. */
async function startLocked() {
  const data = await mkdtemp(join(tmpdir(), "voiceroll-locked-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: data });
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await server.ended;
  });
  while (!/vr_\w+/.test(server.output())) await new Promise((resolve) => setTimeout(resolve, 20));
  const key = /vr_\w+/.exec(server.output())?.[0];
  const holder = new DatabaseSync(join(data, "voiceroll.db"));
  onTestFinished(() => holder.close());
  holder.exec("BEGIN IMMEDIATE");
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const write = () =>
    fetch(`${server.url}/groups/team`, { method: "PUT", headers, body: JSON.stringify({ name: "Team" }) });
  return { holder, write, health: () => fetch(`${server.url}/health`) };
}

test("the server answers while another process locks its database, and the write gets 503", async () => {
  const { write, health } = await startLocked();
  let reply: Response | undefined;
  const written = write().then((response) => {
    reply = response;
  });
  let answered = 0;
  while (!reply) {
    expect((await health()).status).toBe(200);
    answered++;
  }
  await written;
  expect(answered).toBeGreaterThan(20);
  expect(reply.status).toBe(503);
  expect(reply.headers.get("retry-after")).toBe("5");
  expect(await reply.json()).toMatchObject({ type: expect.stringContaining("storage-unavailable") });
}, 60_000);

test("a write that waited for the lock succeeds when the lock is released", async () => {
  const { holder, write, health } = await startLocked();
  const written = write();
  for (let i = 0; i < 5; i++) expect((await health()).status).toBe(200);
  holder.exec("ROLLBACK");
  expect((await written).ok).toBe(true);
}, 60_000);
