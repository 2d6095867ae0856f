/** Search, names, resets, opt-outs and what problems say, in the console. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { openConsole, signIn } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 240_000;

withBrowser(
  "speakers beyond the first page are found, renamed, reset and opted out; problems link to their page, in Chinese too",
  async () => {
    const server = await started();
    const headers = { Authorization: `Bearer ${keyOf(server)}` };
    const create = (id: string) =>
      fetch(`${server.url}/speakers`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({ id }),
      });
    for (let n = 0; n < 105; n++) expect((await create(`caller-${n}`)).status).toBe(201);
    await fetch(`${server.url}/speakers/zora/enroll`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "audio/wav" },
      body: new Uint8Array(await readFile(join(ROOT, "samples/awb/1.wav"))),
    });

    const read = async (path: string) =>
      (await (await fetch(server.url + path, { headers })).json()) as Record<string, unknown>;
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Speakers", exact: true }).click();
    await page.getByRole("link", { name: "caller-0", exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "zora" }).count()).toBe(0);
    await page.getByLabel("Search by ID or name").fill("ZOR");
    await page.getByRole("link", { name: "zora" }).click();
    await page.getByLabel("Display name").fill("Zora Neale");
    await page.getByRole("button", { name: "Save name" }).click();
    await page.getByRole("heading", { name: "Zora Neale", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Reset voice" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reset voice" }).click();
    await page.getByText("This speaker has no clips.").waitFor();
    await page.getByRole("button", { name: "Opt out" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Opt out" }).click();
    await page.getByRole("button", { name: "Lift the opt-out" }).waitFor();
    expect((await read("/speakers/zora")).status).toBe("opted-out");
    await page.getByRole("button", { name: "Lift the opt-out" }).click();

    await page.goto(`${server.url}/#/speakers/nobody`);
    const link = page.getByRole("link", { name: "What this means and what to do" });
    expect(await link.getAttribute("href")).toBe("/problems/speaker-not-found?lang=en");
    await page.getByLabel("Language").selectOption("zh");
    await page.getByText("此注册库中没有说话人 nobody。").waitFor();
    await page.goto(`${server.url}/#/settings`);
    await page.getByLabel("最长暂停秒数").fill("600");
    await page.getByLabel("所有调用方对同一说话人连续被拒").fill("12");
    await page.getByRole("button", { name: "保存设置" }).click();
    await page.getByText("设置已保存").waitFor();
    expect(await read("/registry")).toMatchObject({
      settings: { guessing: { longestPauseSeconds: 600, speakerRejects: 12 } },
    });
  },
  TIMEOUT_MS,
);
