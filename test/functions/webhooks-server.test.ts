import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run, temporaryFolder } from "../cli/run.ts";
import { receiver } from "../support/receiver.ts";
import { startProcess } from "./process.ts";

test("a running server sends events of its own and of the command line", { timeout: 120_000 }, async () => {
  const data = temporaryFolder();
  const { url, next } = await receiver();
  const server = await startProcess("functions/local.ts", {
    VOICEROLL_DATA: data,
    WEBHOOK_PRIVATE_ADDRESSES: "1",
  });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const key = (await readFile(join(data, "api-key"), "utf8")).trim();
  const call = (method: string, path: string, body: object = {}) =>
    fetch(server.url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const { webhook } = JSON.parse(await (await call("POST", "/webhooks", { url })).text());
  const tested = next();
  await call("POST", `/webhooks/${webhook.id}/test`);
  expect(JSON.parse((await tested).body)).toMatchObject({ type: "webhook.test" });

  const optedOut = next();
  await call("POST", "/speakers/bob/opt-out");
  expect(JSON.parse((await optedOut).body)).toMatchObject({ type: "speaker.opted-out" });

  // The command line has no worker: the server looks for such deliveries now and then.
  const erased = next();
  const { code } = await run("--data", data, "speakers", "delete", "bob");
  expect(code).toBe(0);
  expect(JSON.parse((await erased).body)).toMatchObject({ type: "speaker.erased" });

  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("a server refuses private addresses unless it is told otherwise", { timeout: 60_000 }, async () => {
  const data = temporaryFolder();
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: data });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const key = (await readFile(join(data, "api-key"), "utf8")).trim();
  const created = await fetch(`${server.url}/webhooks`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ url: "https://127.0.0.1/hook" }),
  });
  expect(created.status).toBe(422);
});
