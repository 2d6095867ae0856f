/** The snippet of docs/uploads.md, in real Chromium, on a page of another origin. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
if (!chromium)
  console.log("left out: uploading in Chromium, which isn't installed (apt-get install chromium)");

async function snippet(): Promise<string> {
  const page = await readFile(join(ROOT, "docs/uploads.md"), "utf8");
  const [, code] = /```js\n(.*?)```/s.exec(page) ?? [];
  if (code === undefined) throw new RangeError("docs/uploads.md has no snippet");
  return code;
}

/** An empty page on an origin of its own. */
async function otherOrigin(): Promise<string> {
  const server = createServer((_request, response) =>
    response.setHeader("Content-Type", "text/html").end("<p>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

withBrowser(
  "a page uploads a recording with a token and enrolls it, and a page that isn't listed can't",
  async () => {
    const [page, stranger] = [await otherOrigin(), await otherOrigin()];
    const server = await started({ CORS_ORIGINS: page });
    const made = await fetch(`${server.url}/tokens`, {
      method: "POST",
      headers: { Authorization: `Bearer ${keyOf(server)}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        scopes: ["speakers:write", "speakers:read"],
        speaker: "alice",
        lifetimeSeconds: 900,
      }),
    });
    const { token } = (await made.json()) as { token: string };
    const recording = (await readFile(join(ROOT, "samples/awb/1.wav"))).toString("base64");
    const code = await snippet();
    const browser = await playwright.launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] });
    onTestFinished(() => browser.close());
    const run = async (origin: string) => {
      const tab = await browser.newPage();
      await tab.goto(origin);
      const script =
        `(async () => { const URL = ${JSON.stringify(server.url)}; const TOKEN = ${JSON.stringify(token)};` +
        `const bytes = Uint8Array.from(atob(${JSON.stringify(recording)}), (one) => one.charCodeAt(0));` +
        `const file = new File([bytes], "1.wav", { type: "audio/wav" });\n${code}\n` +
        `return reply; })()`;
      return tab.evaluate(script);
    };
    expect(await run(page)).toMatchObject({ created: true, speaker: { id: "alice", clips: 1 } });
    await expect(run(stranger)).rejects.toThrow(/Failed to fetch/);
  },
  120_000,
);
