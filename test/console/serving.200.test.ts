import { expect, test } from "vitest";
import { client } from "../functions/client.ts";

test("the console needs no key, and its policy allows only this service and recordings", async () => {
  const { app } = await client();
  const page = await app.request("/");
  expect(page.status).toBe(200);
  const policy = page.headers.get("Content-Security-Policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const html = await page.text();
  expect(html).not.toMatch(/<script>|style=|onload/);
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(links).toHaveLength(3);
  for (const link of links) {
    const reply = await app.request(link);
    expect([link, reply.status]).toEqual([link, 200]);
    expect(await reply.text()).not.toBe("");
  }
});

test("the console loads nothing from other hosts", async () => {
  const { app } = await client();
  const script = await (await app.request("/console/console.js")).text();
  const style = await (await app.request("/console/console.css")).text();
  // Sentences contain "https://" alone.
  const addresses = `${script}${style}`.match(/https?:\/\/\w[^"'`)\s]*/g) ?? [];
  // Names of XML vocabularies, which nothing loads.
  expect(addresses.filter((one) => !one.startsWith("http://www.w3.org/"))).toEqual([]);
});

test("the sample clips are served by name, and nothing else of their folder", async () => {
  const { app } = await client();
  const clip = await app.request("/console/samples/awb-1.wav");
  expect(clip.headers.get("Content-Type")).toBe("audio/wav");
  expect(new TextDecoder().decode((await clip.arrayBuffer()).slice(0, 4))).toBe("RIFF");
  for (const name of ["README.md", "awb-7.wav", "..%2Fpackage.json", "awb-1.wav%00"])
    expect((await app.request(`/console/samples/${name}`)).status).toBe(404);
});

test("a browser keeps the console's files and gets 304 until they change, but keeps no reply of the API", async () => {
  const { app, call } = await client();
  for (const path of ["/", "/console/console.js", "/console/console.css", "/docs/swagger-ui.css"]) {
    const first = await app.request(path);
    const tag = first.headers.get("ETag") ?? "";
    expect([path, first.headers.get("Cache-Control"), tag]).toEqual([
      path,
      "no-cache",
      expect.stringMatching(/^"[\w-]{43}"$/),
    ]);
    const again = await app.request(path, { headers: { "If-None-Match": `"other", W/${tag}` } });
    expect([again.status, await again.text(), again.headers.get("ETag")]).toEqual([304, "", tag]);
    expect((await app.request(path, { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
  }
  expect((await call("GET", "/registry")).headers.get("Cache-Control")).toBe("no-store");
});
