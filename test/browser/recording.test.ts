/** Real Chromium records with MediaRecorder; what it writes goes to a real server. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium, fakeMicrophone } from "./chromium.ts";
import { keyOf, started } from "./started.ts";

type Recording = { type: string; bytes: Uint8Array<ArrayBuffer> };

const WEBM = "audio/webm;codecs=opus";
const MP4 = "audio/mp4;codecs=opus";
const SECONDS = 7;
const withBrowser = test.skipIf(!chromium);
if (!chromium)
  console.log("left out: recording in Chromium, which isn't installed (apt-get install chromium)");

/** Records a sample in the browser, on the server's page, once for each type at the same time. */
async function record(url: string, sample: string, types: readonly string[]): Promise<Recording[]> {
  const browser = await playwright.launch({
    executablePath: chromium ?? "",
    args: fakeMicrophone(join(ROOT, "samples", `${sample}.wav`)),
  });
  try {
    const page = await browser.newPage();
    // Only a secure context has a microphone. Addresses of this machine are one.
    await page.goto(`${url}/health`);
    const module = await readFile(join(import.meta.dirname, "record-in-page.js"), "utf8");
    const script = module.replace("export ", "");
    const recordings = await page.evaluate<string[]>(
      `(() => { ${script}; return recordInPage(${JSON.stringify(types)}, ${SECONDS}); })()`,
    );
    return types.map((type, i) => ({
      type,
      bytes: new Uint8Array(Buffer.from(recordings[i] ?? "", "base64")),
    }));
  } finally {
    await browser.close();
  }
}

withBrowser(
  "a voice that Chromium records is enrolled and verified, and another one is rejected",
  async () => {
    const server = await started();
    const key = keyOf(server);
    const post = async (path: string, { type, bytes }: Recording) => {
      const headers = { Authorization: `Bearer ${key}`, "Content-Type": type };
      const reply = await fetch(server.url + path, { method: "POST", headers, body: bytes });
      return { status: reply.status, body: await reply.json() };
    };
    for (const take of [1, 2])
      for (const one of await record(server.url, `awb/${take}`, [WEBM]))
        expect(await post("/speakers/awb/enroll", one)).toMatchObject({ status: 201 });
    for (const own of await record(server.url, "awb/5", [WEBM, MP4]))
      expect(await post("/verify?speaker=awb", own)).toMatchObject({
        status: 200,
        body: { decision: "accept" },
      });
    for (const other of await record(server.url, "rms/5", [WEBM, MP4]))
      expect(await post("/verify?speaker=awb", other)).toMatchObject({
        status: 200,
        body: { decision: "reject" },
      });
  },
  180_000,
);
