/** Consents of a speaker in the console: record, see what they allow, withdraw; and the report. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { chromium } from "./chromium.ts";
import { openConsole, signIn } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

test.skipIf(!chromium)(
  "a consent is recorded and withdrawn, required for a purpose, and part of the report",
  async () => {
    const server = await started();
    const headers = { Authorization: `Bearer ${keyOf(server)}`, "Content-Type": "application/json" };
    await fetch(`${server.url}/speakers`, { method: "POST", headers, body: '{"id": "zora"}' });
    const read = async (path: string) => (await fetch(server.url + path, { headers })).json();

    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.goto(`${server.url}/#/speakers/zora`);
    await page.getByText("No consent is recorded.").waitFor();
    await page.getByText("Record a consent").first().click();
    await page.getByLabel("Text that the person agreed to").fill("voice-notice");
    await page.getByLabel("Version of the text").fill("2026-11");
    await page.getByLabel("Representative, if somebody else gave it").fill("Zora's mother");
    await page.getByLabel("identify: find among others").uncheck();
    await page.getByRole("button", { name: "Record a consent" }).click();
    await page.getByText(/Allowed now: enroll: .*, verify: [^,]*\.$/).waitFor();
    expect(await read("/speakers/zora/consents")).toMatchObject({
      consents: [{ givenBy: { who: "representative", name: "Zora's mother" }, text: { version: "2026-11" } }],
      purposes: ["enroll", "verify"],
    });
    await page.getByRole("button", { name: "Withdraw" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
    await page.getByText("Nothing is allowed: every consent is withdrawn.").waitFor();
    await page.getByText(/^Withdrawn /).waitFor();

    await page.getByRole("button", { name: "Report what is held" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save the report" }).click();
    const file = await (await saved).path();
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
      speaker: { id: "zora" },
      consents: { purposes: [], consents: [{ withdrawal: { reason: null } }] },
    });

    await page.goto(`${server.url}/#/settings`);
    await page.getByLabel("verify: compare with a claim").check();
    await page.getByRole("button", { name: "Save the settings" }).click();
    await page.getByText("The settings are saved.").waitFor();
    expect(await read("/registry")).toMatchObject({ settings: { requiredPurposes: ["verify"] } });
  },
  240_000,
);
