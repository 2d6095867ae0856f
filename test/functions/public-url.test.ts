import { expect, onTestFinished, test } from "vitest";
import { clientUrl, parsePublicUrl } from "../../functions/node/public-url.ts";
import { serve } from "../../functions/node/server.ts";
import { sendRaw } from "../bad-input/stage.ts";
import { testServices } from "../support/services.ts";
import { bytesOf, clientOf } from "./client.ts";
import { announce } from "./upload.ts";

const listening = "http://127.0.0.1:7999";
const headers = new Headers({
  Host: "evil.test",
  Forwarded: 'for=1.2.3.4;proto=https;host="api.example.com", for=5.6.7.8;host=inner',
});

test("PUBLIC_URL wins, then the proxy's headers if it is trusted, and never the Host header", () => {
  const at = { trustProxy: true, listening };
  expect(clientUrl(headers, { ...at, publicUrl: "https://voice.example.com" })).toBe(
    "https://voice.example.com",
  );
  expect(clientUrl(headers, at)).toBe("https://api.example.com");
  expect(clientUrl(headers, { ...at, trustProxy: false })).toBe(listening);
  const older = new Headers({ "X-Forwarded-Proto": "https", "X-Forwarded-Host": "a.test, b.test" });
  expect(clientUrl(older, at)).toBe("https://a.test");
  expect(clientUrl(new Headers({ Host: "evil.test", "X-Forwarded-Host": "a/b" }), at)).toBe(listening);
});

test("PUBLIC_URL must be an HTTP URL; a path is kept", () => {
  expect(parsePublicUrl("https://voice.example.com/api/")).toBe("https://voice.example.com/api");
  for (const text of ["voice.example.com", "ftp://x", "https://x/?a=1"])
    expect(parsePublicUrl(text)).toBeUndefined();
});

test("the URL of an upload form is the service's own, whatever Host says", async () => {
  const c = await clientOf(await testServices(), { clientUrl: () => "https://voice.example.com/api" });
  const { body } = await announce(c, bytesOf("voice=ann take=1"), {});
  expect(body.form.url).toBe(
    `https://voice.example.com/api/uploads/${body.upload.id}/content?registry=${c.services.registryId}`,
  );
});

test("a missing or repeated Host header, or an unknown Expect, gets a problem document", async () => {
  const c = await clientOf(await testServices());
  const server = await serve(c.app, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  const port = Number(new URL(server.url).port);
  const ask = (lines: readonly string[]) =>
    sendRaw(
      { port },
      `GET /health HTTP/1.1\r\nConnection: close\r\n${lines.map((one) => `${one}\r\n`).join("")}\r\n`,
    );
  for (const [lines, status] of [
    [[], 400],
    [["Host: a", "Host: b"], 400],
    [["Host: a", "Expect: x"], 417],
  ] as const) {
    const reply = await ask(lines);
    expect(reply.status).toBe(status);
    expect(reply.headers.get("Content-Type")).toBe("application/problem+json");
    expect(JSON.parse(reply.text)).toMatchObject({ type: "about:blank", status });
  }
  expect((await ask(["Host: a"])).status).toBe(200);
});

test("a repeated multipart request with another boundary is the same request", async () => {
  const c = await clientOf(await testServices());
  const send = (boundary: string, take: number) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n`;
    const parts = [
      `${head}Content-Type: audio/wav\r\n\r\n`,
      bytesOf(`voice=ann take=${take}`),
      `\r\n--${boundary}--\r\n`,
    ];
    const body = new Blob(parts);
    const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}`, "Idempotency-Key": "k" };
    return c.call("POST", "/speakers/ann/enroll", { headers, body });
  };
  expect((await send("first", 1)).status).toBe(201);
  const again = await send("second", 1);
  expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
  expect((await send("third", 2)).status).toBe(422);
});
