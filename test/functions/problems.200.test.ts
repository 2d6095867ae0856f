import { createHash } from "node:crypto";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../functions/app.ts";
import { statuses } from "../../functions/http/replies/problem.ts";
import { serve } from "../../functions/node/server.ts";
import { type Slug, titles } from "../../lib/error.ts";
import { help, zhHelp } from "../../lib/problems/help.ts";
import type { Help } from "../../lib/problems/types.ts";
import { zhTitles } from "../../lib/text/zh-titles.ts";
import { testServices } from "../support/services.ts";

const slugs = Object.keys(titles) as Slug[];

/** Starts a server and returns its URL. Nothing here sends a key. */
async function start(): Promise<string> {
  const app = createApp(await testServices(), { log: () => undefined }, { corsOrigins: ["*"] });
  const server = await serve(app, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return server.url;
}

const get = async (url: string) => {
  const reply = await fetch(url);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
};

/** The text of a page as a browser shows it. */
const shown = (html: string): string =>
  html
    .replaceAll(/<style>[\s\S]*?<\/style>|<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

test("every problem has a page with its title, status, type, meaning and remedy", async () => {
  const url = await start();
  for (const slug of slugs) {
    const { status, headers, text } = await get(`${url}/problems/${slug}`);
    expect([slug, status, headers.get("Content-Type")]).toEqual([slug, 200, "text/html; charset=UTF-8"]);
    const { meaning, remedy } = help[slug];
    const page = shown(text);
    for (const part of [titles[slug], `HTTP ${statuses[slug]} `, `urn:voiceroll:problem:${slug}`])
      expect(page).toContain(part);
    for (const part of [meaning, remedy]) expect(page).toContain(part.replaceAll("`", ""));
    expect(page).not.toContain("`");
  }
});

test("every problem has a page in Chinese, for a browser that prefers it or by ?lang=zh", async () => {
  const url = await start();
  for (const slug of slugs) {
    const { headers, text } = await get(`${url}/problems/${slug}?lang=zh`);
    expect([headers.get("Content-Language"), headers.get("Vary")]).toEqual(["zh", "Accept-Language"]);
    const page = shown(text);
    for (const part of [zhTitles[slug], zhHelp[slug].meaning, zhHelp[slug].remedy])
      expect(page).toContain(part.replaceAll("`", ""));
    // Both languages name the same fields, headers and commands.
    const code = ({ meaning, remedy }: Help) => `${meaning} ${remedy}`.match(/`[^`]+`/g)?.sort();
    expect([slug, code(zhHelp[slug])]).toEqual([slug, code(help[slug])]);
  }
  const languageFor = async (path: string, accepted: string) => {
    const reply = await fetch(`${url}${path}`, { headers: { "Accept-Language": accepted } });
    return /<html lang="(\w+)">/.exec(await reply.text())?.[1];
  };
  expect(await languageFor("/problems", "zh-CN,zh;q=0.9,en;q=0.8")).toBe("zh");
  expect(await languageFor("/problems", "en-US,zh;q=0.5")).toBe("en");
  expect(await languageFor("/problems", "fr")).toBe("en");
  expect(await languageFor("/problems/overloaded?lang=en", "zh-CN")).toBe("en");
  expect(await languageFor("/problems/overloaded?lang=xx", "zh-TW")).toBe("zh");
});

test("GET /problems links to every page", async () => {
  const url = await start();
  const { status, text } = await get(`${url}/problems`);
  expect(status).toBe(200);
  const links = [...text.matchAll(/href="\/problems\/([^"]+)\?lang=en"/g)].map(([, slug]) => slug);
  expect(links).toEqual(slugs);
});

test("the pages allow no script, and only the style that they contain", async () => {
  const url = await start();
  for (const path of ["/problems", "/problems/overloaded"]) {
    const { headers, text } = await get(`${url}${path}`);
    const policy = headers.get("Content-Security-Policy") ?? "";
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "";
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}';`);
    expect(policy).not.toMatch(/unsafe|https?:|\*|script-src|'self'/);
    expect(text).not.toMatch(/<script|style=|\son\w+=/);
  }
});

test("an unknown slug gets a problem, and names of the language are none", async () => {
  const url = await start();
  for (const slug of ["nothing", "constructor", "__proto__", "%3Cscript%3E", "Overloaded"]) {
    const { status, headers, text } = await get(`${url}/problems/${slug}`);
    expect([slug, status, headers.get("Content-Type")]).toEqual([slug, 404, "application/problem+json"]);
    expect(JSON.parse(text).type).toBe("urn:voiceroll:problem:route-not-found");
  }
});

test("a problem reply links to its page, which a browser can read from another origin", async () => {
  const url = await start();
  for (const [path, slug] of [
    ["/speakers/alice", "unauthorized"],
    ["/nothing", "route-not-found"],
    [`/speakers?q=${"a".repeat(9000)}`, "uri-too-long"],
  ] as const) {
    const reply = await fetch(`${url}${path}`, { headers: { Origin: "https://app.example" } });
    expect(reply.headers.get("Access-Control-Expose-Headers")).toMatch(/\bLink\b/);
    const link = reply.headers.get("Link") ?? "";
    expect(link).toBe(`</problems/${slug}>; rel="help"`);
    expect(shown((await get(`${url}${link.slice(1, link.indexOf(">"))}`)).text)).toContain(titles[slug]);
    expect(JSON.parse(await reply.text()).type).toBe(`urn:voiceroll:problem:${slug}`);
  }
});

test("headers that the HTTP parser refuses get the link too, and a reply without a slug has none", async () => {
  const { hostname, port } = new URL(await start());
  const ask = (head: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(head));
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
    });
  const large = await ask(`GET /health HTTP/1.1\r\nHost: x\r\nX-Large: ${"a".repeat(100_000)}\r\n\r\n`);
  expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*\r\nLink: <\/problems\/headers-too-large>; rel="help"\r\n/);
  const invalid = await ask("nonsense\r\n\r\n");
  expect(invalid).toMatch(/^HTTP\/1\.1 400 /);
  expect(invalid).not.toMatch(/\r\nLink:/);
});
