/** Webhooks, their deliveries, and the settings of events and web pages in the console. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { chromium } from "./chromium.ts";
import { openConsole, signIn } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 180_000;

/** Starts a program that takes deliveries. */
async function receiver() {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, received };
}

withBrowser(
  "a webhook is made, sends a test event that its secret verifies, is paused, resumed and deleted",
  async () => {
    const { url, received } = await receiver();
    const server = await started({ WEBHOOK_PRIVATE_ADDRESSES: "1" });
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByRole("heading", { name: "No webhooks" }).waitFor();
    await page.getByText("Create a webhook", { exact: true }).click();
    await page.getByLabel("URL").fill("ftp://127.0.0.1/");
    await page.getByRole("button", { name: "Create the webhook" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("URL").fill(url);
    await page.getByLabel("What is it for?").fill("jobs");
    await page.getByRole("checkbox", { name: /^job\.finished/ }).check();
    await page.getByRole("button", { name: "Create the webhook" }).click();
    const secret = await page.locator("pre").innerText();
    const row = page.getByRole("listitem").filter({ hasText: "jobs" });
    await row.getByText("job.finished").waitFor();
    await row.getByRole("link", { name: "Open" }).click();

    await page.getByRole("heading", { name: "jobs", exact: true }).waitFor();
    await page.getByText("Nothing was sent yet.").waitFor();
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText(/The event evt_\w+ is on its way/).waitFor();
    await expect.poll(() => received.length).toBe(1);
    const [delivery] = received;
    const headers = delivery?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(delivery?.body ?? "", headers)).toMatchObject({ type: "webhook.test" });
    await expect
      .poll(async () => {
        await page.getByRole("button", { name: "Reload" }).click();
        return page.getByRole("row").filter({ hasText: "webhook.test" }).allInnerTexts();
      })
      .toEqual([expect.stringContaining("delivered")]);

    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Send a test event" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("On", { exact: true }).waitFor();
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "New secret" }).click();
    await page.getByText("The old secret also signs until").waitFor();
    expect(await page.locator("pre").innerText()).toMatch(/^whsec_/);
    expect(await page.locator("pre").innerText()).not.toBe(secret);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "No webhooks" }).waitFor();
  },
  TIMEOUT_MS,
);

withBrowser(
  "the settings of events and of web pages are saved, and an empty list allows all origins again",
  async () => {
    const server = await started();
    const key = keyOf(server);
    const page = await openConsole(server.url);
    await signIn(page, key);
    const settings = async () => {
      const reply = await fetch(`${server.url}/registry`, { headers: { Authorization: `Bearer ${key}` } });
      return ((await reply.json()) as { settings: object }).settings;
    };
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Report each decision to webhooks").check();
    const origins = page.getByLabel("Origins of web pages that may send requests");
    await origins.fill("https://app.example.com\nnot an origin");
    await page.getByRole("button", { name: "Save the settings" }).click();
    await page.getByRole("alert").waitFor();
    await origins.fill("https://app.example.com\nhttps://b.example.com\n");
    await page.getByRole("button", { name: "Save the settings" }).click();
    await page.getByText("The settings are saved.").waitFor();
    expect(await settings()).toMatchObject({
      decisionEvents: true,
      corsOrigins: ["https://app.example.com", "https://b.example.com"],
    });
    // The page of saved settings is another form.
    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("link", { name: "Settings" }).click();
    await expect.poll(() => origins.inputValue()).toBe("https://app.example.com\nhttps://b.example.com");
    await origins.fill("");
    await page.getByRole("button", { name: "Save the settings" }).click();
    await expect.poll(settings).toMatchObject({ corsOrigins: null });
  },
  TIMEOUT_MS,
);
