/** Keys, settings and stored recordings in the console. */
import { expect, test } from "vitest";
import { chromium } from "./chromium.ts";
import { openConsole, signIn, verdict } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 180_000;
/** What the test reads of an element for sound: tests have no types of a browser. */
type AudioElement = { duration: number; addEventListener(name: string, done: () => void): void };

withBrowser(
  "a key with one scope is made, can do only that, and is refused after it was revoked",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByText("Create a key", { exact: true }).click();
    await page.getByLabel("What is it for?").fill("kiosk");
    await page.getByRole("checkbox", { name: /^compare/ }).check();
    await page.getByRole("button", { name: "Create the key" }).click();
    const token = await page.locator("pre").innerText();
    expect(token).toMatch(/^vr_\w+$/);

    const kiosk = await openConsole(server.url);
    await signIn(kiosk, token);
    await kiosk.getByRole("button", { name: "Same voice" }).click();
    expect(await verdict(kiosk)).toBe("Same person");
    await kiosk.getByText("This key doesn't show scores").waitFor();
    await kiosk.getByRole("link", { name: "Speakers" }).click();
    expect(await kiosk.getByRole("alert").innerText()).toContain("This key needs the scope speakers:read.");

    const row = page.getByRole("listitem").filter({ hasText: "kiosk" });
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.getByText("Revoked").waitFor();
    await kiosk.getByRole("link", { name: "Groups" }).click();
    await kiosk.getByText("The server doesn't accept this key").waitFor();
    expect(await kiosk.evaluate("sessionStorage.length")).toBe(0);
  },
  TIMEOUT_MS,
);

withBrowser(
  "a setting is saved and applies, and a stored recording is heard",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Seconds of speech until a speaker is enrolled").fill("5");
    await page.getByRole("button", { name: "Save the settings" }).click();
    await page.getByText("The settings are saved.").waitFor();
    await page.goto(`${server.url}/#/try/verify`);
    await page.getByRole("button", { name: "Verify a sample" }).click();
    expect(await verdict(page)).toBe("This is sample-awb");
    await page.goto(`${server.url}/#/speakers/sample-awb`);
    await page.getByRole("button", { name: "Play" }).first().click();
    const length = page.locator("audio").evaluate<number, AudioElement>(
      (audio) =>
        new Promise((resolve) => {
          if (audio.duration > 0) resolve(audio.duration);
          else audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
        }),
    );
    expect(await length).toBeCloseTo(5.96, 1);
  },
  TIMEOUT_MS,
);
