/** The console's first page in real Chromium, over a real server. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { openConsole, signIn, verdict } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 180_000;

withBrowser(
  "a wrong key is refused, and the right one stays until the tab is closed",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await page.locator("input[type=password]").fill("vr_wrong");
    await page.locator("button[type=submit]").click();
    expect(await page.getByRole("alert").innerText()).toContain("doesn't accept this key");
    await signIn(page, keyOf(server));
    await page.reload();
    await page.locator(".shell").waitFor();
    expect(await page.evaluate("localStorage.getItem('voiceroll-key')")).toBeNull();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("input[type=password]").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  },
  TIMEOUT_MS,
);

withBrowser(
  "a first visit compares and identifies samples at one click, with the score on its scale",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("button", { name: "Same voice" }).click();
    expect(await verdict(page)).toBe("Same person");
    expect(await page.getByRole("img", { name: /^Score 0\.\d+ against a threshold of/ }).count()).toBe(1);
    expect(await page.locator(".density").count()).toBe(2);
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    await page.getByRole("button", { name: "Different voices" }).click();
    expect(await verdict(page)).toBe("Different people");
    await page.getByRole("link", { name: "Identify", exact: true }).click();
    await page.getByRole("button", { name: "Identify a sample" }).click();
    expect(await verdict(page)).toBe("This is sample-awb");
  },
  TIMEOUT_MS,
);

withBrowser(
  "a recording and a file are compared, and a broken file gets a sentence",
  async () => {
    const server = await started();
    const page = await openConsole(server.url, { microphone: "rms/2" });
    await signIn(page, keyOf(server));
    await page.getByRole("button", { name: "Record", exact: true }).first().click();
    // The server counts the speech while the recording continues.
    await page.getByText("Enough speech for a decision.").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("Recording", { exact: true }).waitFor();
    const file = page.locator("input[type=file]");
    await file.setInputFiles(join(ROOT, "samples/rms/5.wav"));
    await page.getByRole("button", { name: "Compare the clips" }).click();
    expect(await verdict(page)).toBe("Same person");
    await page.getByRole("button", { name: "Remove 5.wav" }).click();
    await file.setInputFiles({ name: "text.wav", mimeType: "audio/wav", buffer: Buffer.from("no audio") });
    await page.getByRole("button", { name: "Compare the clips" }).click();
    expect(await page.getByRole("alert").innerText()).toMatch(/audio/i);
  },
  TIMEOUT_MS,
);

withBrowser(
  "digits to say go with a verification, once",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Verify", exact: true }).click();
    await page.getByRole("button", { name: "Verify a sample" }).click();
    expect(await verdict(page)).toBe("This is sample-awb");
    await page.getByRole("button", { name: "Ask for digits" }).click();
    const said = page.getByText(/^Say within two minutes: ([a-z]+ ){5}[a-z]+$/);
    await said.waitFor();
    const sent = page.waitForRequest((request) => request.url().includes("/verify?"));
    await page.getByRole("button", { name: "Verify", exact: true }).click();
    expect((await sent).url()).toContain("challenge=vc_");
    await page.getByRole("button", { name: "Ask for digits" }).waitFor();
  },
  TIMEOUT_MS,
);
