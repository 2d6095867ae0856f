import { expect, test } from "vitest";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

const URL = "https://app.example.com/hook";

test("creates, lists, changes, rotates, tests and deletes a webhook", async () => {
  const folder = temporaryFolder();
  const services = await openTestServices({ folder, store: "local" });
  await services.close();
  const webhooks = (...args: string[]) => run("--data", folder, "--registry", "test", "webhooks", ...args);

  const created = await webhooks("create", URL, "--events", "job.finished", "speaker.erased");
  expect(created).toMatchObject({ code: 0, stdout: /^whsec_\S+\n$/, stderr: /whk_\w+: save the secret/ });
  const [id = ""] = /whk_\w+/.exec(created.stderr) ?? [];
  expect((await webhooks("list")).stdout).toMatch(
    new RegExp(`${id}  enabled  job.finished speaker.erased  ${URL}`),
  );
  expect((await webhooks("set", id, "--enabled", "no")).stdout).toBe(`${id}: disabled (request)\n`);
  const set = await webhooks("set", id, "--enabled", "yes", "--events", "all", "--json");
  expect(JSON.parse(set.stdout)).toMatchObject({ enabled: true, events: null });
  const rotated = await webhooks("rotate", id, "--overlap-seconds", "0");
  expect(rotated.stdout).toMatch(/^whsec_/);
  expect(rotated.stdout).not.toBe(created.stdout);
  expect((await webhooks("test", id)).stdout).toMatch(/^evt_\w+: queued/);
  expect((await webhooks("deliveries", id, "--json")).stdout).toBe("");
  expect((await webhooks("delete", id)).stdout).toBe(`${id}: deleted\n`);
  expect(await webhooks("delete", id)).toMatchObject({ code: 2, stderr: /No webhook/ });
  expect(await webhooks("create", "http://app.example.com")).toMatchObject({ code: 2, stderr: /https/ });
});

test("a webhook can name decision.made after `registry set --decision-events yes`", async () => {
  const folder = temporaryFolder();
  const at = (...args: string[]) => run("--data", folder, ...args);
  const shown = await at("registry", "set", "--decision-events", "yes", "--json");
  expect(JSON.parse(shown.stdout)).toMatchObject({ decisionEvents: true });
  expect((await at("webhooks", "create", URL, "--events", "decision.made")).code).toBe(0);
});
