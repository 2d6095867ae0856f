import { expect, test } from "vitest";
import { bytesOf, type Client, client, wav } from "./client.ts";

const enroll = (c: Client, key: string, text: string, speaker = "ann") =>
  c.call("POST", `/speakers/${speaker}/enroll`, {
    headers: { ...wav, "Idempotency-Key": key },
    body: bytesOf(text),
  });

const form = (c: Client, key: string, boundary: string, text: string) => {
  const disposition = `Content-Disposition: form-data; name="audio"; filename="a.wav"`;
  const head = `--${boundary}\r\n${disposition}\r\nContent-Type: audio/wav`;
  const body = Buffer.concat([
    Buffer.from(`${head}\r\n\r\n`),
    bytesOf(text),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const type = `multipart/form-data; boundary=${boundary}`;
  const headers = { "Content-Type": type, "Idempotency-Key": key };
  return c.call("POST", "/speakers/ann/enroll", { headers, body: new Uint8Array(body) });
};

test("a key has 1 to 255 printable ASCII characters", async () => {
  const c = await client();
  for (const bad of ["", "x".repeat(256), "é", "a\tb"]) {
    const { status, body } = await enroll(c, bad, "voice=ann take=1");
    expect([bad, status, body.type]).toEqual([bad, 400, "urn:voiceroll:problem:idempotency-key-invalid"]);
    expect(body.detail).toMatch(/^Send an Idempotency-Key of 1 to 255/);
  }
  expect((await enroll(c, "x".repeat(255), "voice=ann take=1")).status).toBe(201);
});

test("the same request gets the same reply, and another request with the key is refused", async () => {
  const c = await client();
  const first = await enroll(c, "k", "voice=ann take=1");
  const again = await enroll(c, "k", "voice=ann take=1");
  expect([again.status, again.text]).toEqual([201, first.text]);
  for (const name of ["Content-Type", "ETag", "Location"])
    expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  expect([first, again].map(({ headers }) => headers.get("Idempotent-Replayed"))).toEqual([null, "true"]);
  for (const other of [
    await enroll(c, "k", "voice=ann take=2"),
    await enroll(c, "k", "voice=ann take=1", "bob"),
  ]) {
    expect([other.status, other.body.type]).toEqual([422, "urn:voiceroll:problem:idempotency-key-reused"]);
    expect(other.body.detail).toMatch(/used for a different request\. Send a new one/);
  }
});

test("a form with another boundary is the same request; with another file it is not", async () => {
  const c = await client();
  expect((await form(c, "k", "one", "voice=ann take=1")).status).toBe(201);
  const again = await form(c, "k", "another", "voice=ann take=1");
  expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
  expect((await form(c, "k", "one", "voice=ann take=2")).body.type).toMatch(/idempotency-key-reused$/);
  // The same bytes of a body that isn't a form, with another media type.
  await enroll(c, "raw", "voice=ann take=3");
  const headers = { "Content-Type": "audio/x-wav", "Idempotency-Key": "raw" };
  const other = await c.call("POST", "/speakers/ann/enroll", { headers, body: bytesOf("voice=ann take=3") });
  expect(other.body.type).toMatch(/idempotency-key-reused$/);
});

test("while the first request runs, a repeated one is told to wait; a failed one frees its key", async () => {
  const c = await client();
  const { embedder } = c.services;
  const { promise: held, resolve: go } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const embed = embedder.embed;
  embedder.embed = async (...given) => {
    begin();
    await held;
    return embed(...given);
  };
  const first = enroll(c, "k", "voice=ann take=1");
  await begun;
  const second = await enroll(c, "k", "voice=ann take=1");
  expect([second.status, second.headers.get("Retry-After")]).toEqual([409, "1"]);
  expect(second.body.type).toMatch(/idempotency-in-progress$/);
  expect(second.body.detail).toMatch(/is still in progress\. Try again shortly/);
  go();
  expect((await first).status).toBe(201);
  embedder.embed = embed;
  expect((await enroll(c, "f", "voice=ann take=1")).status).toBe(409);
  expect((await enroll(c, "f", "voice=ann take=5")).status).toBe(201);
});
