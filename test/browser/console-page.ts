import { join } from "node:path";
import { type BrowserContextOptions, type Page, chromium as playwright } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium, fakeMicrophone } from "./chromium.ts";

export type ConsoleOptions = BrowserContextOptions & {
  /** The sample that the microphone repeats, such as "awb/5". */
  microphone?: string;
};

/** Opens a page of the console in Chromium. The test fails if the page reports an error. */
export async function openConsole(url: string, options: ConsoleOptions = {}): Promise<Page> {
  const { microphone = "awb/5", ...context } = options;
  const browser = await playwright.launch({
    executablePath: chromium ?? "",
    args: fakeMicrophone(join(ROOT, "samples", `${microphone}.wav`)),
  });
  const errors: string[] = [];
  onTestFinished(async () => {
    await browser.close();
    expect(errors).toEqual([]);
  });
  const page = await (await browser.newContext(context)).newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => errors.push(error.message));
  // A refused request is no error of the page: tests look for what the page says about it.
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 4")) errors.push(message.text());
  });
  await page.goto(url);
  return page;
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.locator("input[type=password]").fill(key);
  await page.locator("button[type=submit]").click();
  await page.locator(".shell").waitFor();
}

/** Records for some seconds with the first button of the page that does. */
export async function record(page: Page, seconds: number): Promise<void> {
  await page.getByRole("button", { name: "Record", exact: true }).first().click();
  await page.waitForTimeout(seconds * 1000);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
}

/** What the console says about the last decision. */
export const verdict = async (page: Page): Promise<string> => page.locator(".verdict h2").innerText();
