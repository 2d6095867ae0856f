/** Keyboard, screen readers, colors, small screens and Chinese. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { openConsole, signIn, verdict } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

type Violation = { id: string; impact: string; nodes: { target: string[] }[] };

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 240_000;
const PHONE = { width: 360, height: 740 };

/** What axe finds on the page that makes it hard or impossible to use. */
async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(join(ROOT, "node_modules/axe-core/axe.min.js"), "utf8"));
  const violations = await page.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

const pagesOf = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    "[...document.querySelectorAll('nav.side ul a')].map((a) => a.getAttribute('href'))",
  );

async function show(page: Page, place: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
  await page.locator("h1").waitFor();
  // A page can have several parts that load: the first of none is detached.
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
}

/**
 * Enrolls a sample, makes a decision and a webhook, so that the pages have something to show.
 * Returns the place of the webhook, which has a delivery.
 */
async function fill(page: Page): Promise<string> {
  await show(page, "#/try/identify");
  await page.getByRole("button", { name: "Identify a sample" }).click();
  await verdict(page);
  await show(page, "#/webhooks");
  await page.getByText("Create a webhook", { exact: true }).click();
  await page.getByLabel("URL").fill("https://app.example.com/voiceroll");
  await page.getByRole("button", { name: "Create the webhook" }).click();
  await page.getByRole("link", { name: "Open" }).click();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.getByText("is on its way").waitFor();
  return page.evaluate<string>("location.hash");
}

for (const colorScheme of ["light", "dark"] as const)
  withBrowser(
    `axe finds nothing serious on any page in ${colorScheme} colors`,
    async () => {
      const server = await started();
      const page = await openConsole(server.url, { colorScheme });
      expect(await seriousViolations(page)).toEqual([]);
      await signIn(page, keyOf(server));
      const hook = await fill(page);
      expect(await seriousViolations(page)).toEqual([]);
      const places = [...(await pagesOf(page)), "#/speakers/sample-awb", "#/speakers/nobody", hook];
      for (const place of places) {
        await show(page, place);
        expect([place, await seriousViolations(page)]).toEqual([place, []]);
      }
    },
    TIMEOUT_MS,
  );

withBrowser(
  "no page is wider than a phone, and the menu opens and closes",
  async () => {
    const server = await started();
    const page = await openConsole(server.url, { viewport: PHONE });
    await signIn(page, keyOf(server));
    const hook = await fill(page);
    for (const place of [...(await pagesOf(page)), "#/speakers/sample-awb", hook]) {
      await show(page, place);
      const width = await page.evaluate<number>("document.scrollingElement.scrollWidth");
      expect([place, width]).toEqual([place, PHONE.width]);
    }
    const link = page.getByRole("link", { name: "Groups" });
    expect(await link.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Menu" }).click();
    await link.click();
    await page.getByRole("heading", { name: "Groups", exact: true }).waitFor();
    expect(await link.isVisible()).toBe(false);
  },
  TIMEOUT_MS,
);

withBrowser(
  "everything from sign-in to a decision works with the keyboard, and focus moves to the new page",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await page.keyboard.press("Tab");
    await page.keyboard.type(keyOf(server));
    await page.keyboard.press("Enter");
    await page.locator(".shell").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    const focused = () => page.evaluate<string>("document.activeElement.textContent.trim()");
    while ((await focused()) !== "Same voice") await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await verdict(page)).toBe("Same person");
    await page.getByRole("link", { name: "Speakers" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Speakers" }).waitFor();
    expect(await page.title()).toBe("Speakers - Voiceroll");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
  },
  TIMEOUT_MS,
);

withBrowser(
  "a Chinese browser gets Chinese, and the choice of a language is kept",
  async () => {
    const server = await started();
    const page = await openConsole(server.url, { locale: "zh-CN" });
    await page.getByRole("heading", { name: "登录注册库" }).waitFor();
    await page.locator("input[type=password]").fill("vr_wrong");
    await page.locator("button[type=submit]").click();
    expect(await page.getByRole("alert").innerText()).toContain("服务器不接受此密钥");
    await signIn(page, keyOf(server));
    await page.getByRole("button", { name: "同一声音" }).click();
    expect(await verdict(page)).toBe("是同一个人");
    expect(await page.evaluate("document.documentElement.lang")).toBe("zh-CN");
    for (const place of await pagesOf(page)) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page.getByText("正在加载…").first().waitFor({ state: "detached" });
      expect([place, /[a-z]{4}/.test(await page.locator("h1").innerText())]).toEqual([place, false]);
    }
    await page.evaluate("location.hash = '#/speakers/nobody'");
    await page.getByRole("alert").getByText("没有这位说话人").waitFor();
    await page.getByLabel("语言").selectOption("en");
    await page.reload();
    await page.getByRole("link", { name: "Speakers" }).waitFor();
  },
  TIMEOUT_MS,
);
