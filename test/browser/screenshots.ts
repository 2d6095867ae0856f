/** `npm run docs:screenshots` draws the pictures of docs/console.md. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from "playwright-core";
import { ROOT, startProcess } from "../functions/process.ts";
import { chromium, fakeMicrophone } from "./chromium.ts";

const FOLDER = join(ROOT, "docs/console");
/** Drawn at three quarters of its size, so that a picture has less than 100 kB. */
const DESKTOP = { viewport: { width: 1160, height: 840 }, deviceScaleFactor: 0.75 };
/** Where a program takes the deliveries of the webhook. The picture shows it. */
const RECEIVER_PORT = 7990;
const PHONE = { width: 380, height: 900 };

type Shot = { name: string; context?: BrowserContextOptions; act(page: Page): Promise<unknown> };

const click = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const decided = (page: Page) => page.locator(".verdict .density").first().waitFor();
const show = (page: Page, selector: string) => page.locator(selector).first().scrollIntoViewIfNeeded();

const SHOTS: readonly Shot[] = [
  {
    name: "try",
    act: async (page) => {
      await click(page, "Same voice");
      await decided(page);
    },
  },
  {
    name: "identify-dark",
    context: { colorScheme: "dark" },
    act: async (page) => {
      await page.getByRole("link", { name: "Identify", exact: true }).click();
      await click(page, "Identify a sample");
      await decided(page);
      await show(page, ".verdict footer");
    },
  },
  {
    name: "enroll",
    act: async (page) => {
      await page.getByRole("link", { name: "Enroll", exact: true }).click();
      await page.getByLabel("Speaker ID").fill("robin");
      await click(page, "Record");
      await page.getByText("Enrolled", { exact: true }).first().waitFor({ timeout: 60_000 });
    },
  },
  {
    name: "speaker",
    act: async (page) => {
      await page.evaluate("location.hash = '#/speakers/sample-awb'");
      await page.getByRole("button", { name: "Play" }).first().click();
    },
  },
  {
    name: "calibration",
    act: async (page) => {
      await page.getByRole("link", { name: "Calibration" }).click();
      await page.locator("circle.point").first().waitFor();
      await show(page, "figure");
    },
  },
  {
    name: "webhook",
    act: async (page) => {
      await page.getByRole("link", { name: "Webhooks" }).click();
      await page.getByText("Create a webhook", { exact: true }).click();
      await page.getByLabel("URL").fill(`http://localhost:${RECEIVER_PORT}/voiceroll`);
      await page.getByLabel("What is it for?").fill("Case management");
      for (const event of ["speaker.enrolled", "job.finished"])
        await page.getByRole("checkbox", { name: event }).check();
      await click(page, "Create the webhook");
      await page.getByRole("link", { name: "Open" }).click();
      await click(page, "Send a test event");
      await page.getByText("is on its way").waitFor();
      while ((await page.getByText("delivered", { exact: true }).count()) === 0) {
        await click(page, "Reload");
        await page.waitForTimeout(300);
      }
    },
  },
  {
    name: "phone-zh",
    context: { viewport: PHONE, deviceScaleFactor: 1, locale: "zh-CN" },
    act: async (page) => {
      await page.getByRole("link", { name: "验证", exact: true }).click();
      await click(page, "验证样例");
      await decided(page);
      await show(page, ".verdict .facts");
    },
  },
];

const data = await mkdtemp(join(tmpdir(), "voiceroll-screenshots-"));
const server = await startProcess("functions/local.ts", {
  VOICEROLL_DATA: data,
  WEBHOOK_PRIVATE_ADDRESSES: "1",
});
const receiver = createServer((_request, response) => response.writeHead(204).end()).listen(RECEIVER_PORT);
while (!/identify\n.*\n/.test(server.output())) await new Promise((resolve) => setTimeout(resolve, 50));
const key = /vr_\w+/.exec(server.output())?.[0] ?? "";
const args = fakeMicrophone(join(ROOT, "samples/rms/2.wav"));
const browser = await playwright.launch({ executablePath: chromium ?? "", args });
try {
  for (const shot of SHOTS) await draw(browser, shot);
} finally {
  await browser.close();
  server.child.kill("SIGKILL");
  receiver.close();
  await rm(data, { recursive: true, force: true });
}

async function draw(from: Browser, { name, context = {}, act }: Shot): Promise<void> {
  const page = await (await from.newContext({ ...DESKTOP, ...context })).newPage();
  await page.goto(server.url);
  await page.locator("input[type=password]").fill(key);
  await page.locator("button[type=submit]").click();
  await page.locator(".shell").waitFor();
  await act(page);
  // Let the charts find their width.
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
  await page.context().close();
}
