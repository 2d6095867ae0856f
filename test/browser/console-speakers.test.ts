/** Enrollment, verification and erasure in the console, with what a microphone hears. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { openConsole, record, signIn, verdict } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 240_000;
const clipsOf = (voice: string) => [1, 2, 3, 4, 5].map((take) => join(ROOT, `samples/${voice}/${take}.wav`));

async function enrollFiles(page: Page, id: string, files: string[]): Promise<void> {
  await page.getByRole("link", { name: "Enroll", exact: true }).click();
  await page.getByLabel("Speaker ID").fill(id);
  await page.locator("input[type=file]").setInputFiles(files);
  await page.getByText(`${id} is enrolled`).waitFor({ timeout: 60_000 });
}

async function verify(page: Page, id: string): Promise<string> {
  await page.goto(`${page.url().replace(/#.*/, "")}#/try/verify/${id}`);
  await record(page, 6);
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  return verdict(page);
}

withBrowser(
  "a voice is enrolled while it is recorded: the ring shows the speech that the server has counted",
  async () => {
    const server = await started();
    const page = await openConsole(server.url, { microphone: "awb/2" });
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Enroll", exact: true }).click();
    await page.getByLabel("Speaker ID").fill("bo");
    await page.getByLabel("Consent (optional)").fill("form 12");
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.getByRole("img", { name: /^[5-9]\.\d s of 20\.0 s of speech$/ }).waitFor({ timeout: 60_000 });
    await page.getByText("bo is enrolled").waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("link", { name: "Open the speaker's page" }).click();
    await page.getByRole("heading", { name: "bo" }).waitFor();
    await page.getByRole("button", { name: "Take out this clip" }).nth(1).waitFor();
  },
  TIMEOUT_MS,
);

withBrowser(
  "a recording of the speaker is accepted and identified, another voice is rejected, and an erasure has a receipt",
  async () => {
    const server = await started();
    const page = await openConsole(server.url, { microphone: "awb/6" });
    await signIn(page, keyOf(server));
    await enrollFiles(page, "bo", clipsOf("awb"));
    expect(await verify(page, "bo")).toBe("This is bo");
    await page.getByRole("link", { name: "Identify", exact: true }).click();
    await record(page, 6);
    await page.getByRole("button", { name: "Identify", exact: true }).click();
    expect(await verdict(page)).toBe("This is bo");

    const other = await openConsole(server.url, { microphone: "rms/6" });
    await signIn(other, keyOf(server));
    expect(await verify(other, "bo")).toBe("This isn't bo");

    await page.goto(`${server.url}/#/speakers/bo`);
    await page.getByText("1 verifications in a row were rejected.").waitFor();
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByText("in a row were rejected.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Erase", exact: true }).click();
    await page.getByRole("button", { name: "Erase for good" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("Type bo");
    await page.getByLabel("Type bo to confirm").fill("bo");
    await page.getByRole("button", { name: "Erase for good" }).click();
    await page.getByText('"recordings": 5').waitFor();
    await page.getByRole("link", { name: "Speakers", exact: true }).click();
    await page.getByText("No speakers yet").waitFor();
  },
  TIMEOUT_MS,
);
