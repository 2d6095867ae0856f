import { MAX_BODY_BYTES } from "../../functions/http/guard/limits.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { Row } from "./row.ts";
import type { Stage } from "./stage.ts";

const wav = { "Content-Type": "audio/wav" };
const clip = new Uint8Array(fakeClip("voice=alice take=9").bytes);
const invalid = { status: 422, slug: "validation-failed" } as const;
const identify = (limit: string) => ({ path: `/identify?limit=${limit}`, headers: wav, body: clip });
const list = (query: string) => ({ method: "GET", path: `/speakers?${query}` });
const audit = (query: string) => ({ method: "GET", path: `/audit?${query}` });

const form = (...parts: readonly [string, string | Uint8Array<ArrayBuffer>][]) => {
  const data = new FormData();
  for (const [name, value] of parts)
    if (typeof value === "string") data.append(name, value);
    else data.append(name, new Blob([value], { type: "audio/wav" }), `${name}.wav`);
  return data;
};
const part = (head: string, content: string) =>
  `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
const multipart = (parts: string, headers: Record<string, string> = {}) => ({
  path: "/verify?speaker=alice",
  headers: { "Content-Type": "multipart/form-data; boundary=x", ...headers },
  body: `${parts}--x--\r\n`,
});
const head = (stage: Stage, method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\n` +
  `Authorization: Bearer ${stage.key}\r\nConnection: close\r\n`;

export const rows: readonly Row[] = [
  { id: "J11", what: "limit 0", send: identify("0"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "limit 11 at identify", send: identify("11"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "limit abc", send: identify("abc"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "limit 1.5", send: identify("1.5"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "limit 1001 in a list", send: list("limit=1001"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "from 0 in the audit log", send: audit("from=0"), ...invalid, pointers: ["/from"] },
  {
    id: "J11",
    what: "from and cursor in the audit log",
    send: audit("from=1&cursor=x"),
    ...invalid,
    pointers: ["/from"],
  },
  { id: "J11", what: "limit twice", send: list("limit=1&limit=2"), ...invalid, pointers: ["/limit"] },
  { id: "J11", what: "an empty search for speakers", send: list("q="), ...invalid, pointers: ["/q"] },
  { id: "J11", what: "a search for spaces", send: list("q=%20%20"), ...invalid, pointers: ["/q"] },
  {
    id: "J11",
    what: "a search for 129 characters",
    send: list(`q=${"a".repeat(129)}`),
    ...invalid,
    pointers: ["/q"],
  },
  { id: "J11", what: "two searches at once", send: list("q=a&q=b"), ...invalid, pointers: ["/q"] },
  { id: "J12", what: "an unknown route", send: { path: "/enroll" }, status: 404, slug: "route-not-found" },
  { id: "J12", what: "an extra slash", send: { path: "/verify/" }, status: 404, slug: "route-not-found" },
  {
    id: "J12",
    what: "an unknown route without a key",
    send: { path: "/nope", key: "" },
    status: 404,
    slug: "route-not-found",
  },
  {
    id: "J13",
    what: "PATCH on the collection",
    send: { method: "PATCH", path: "/speakers" },
    status: 405,
    slug: "method-not-allowed",
    headers: { Allow: /^POST, GET, HEAD$/ },
  },
  {
    id: "J13",
    what: "GET on verify, without a key",
    send: { method: "GET", path: "/verify", key: "" },
    status: 405,
    slug: "method-not-allowed",
    headers: { Allow: /^POST$/ },
  },
  {
    id: "J13",
    what: "PUT on a speaker",
    send: { method: "PUT", path: "/speakers/alice", headers: wav, body: clip },
    status: 405,
    slug: "method-not-allowed",
    headers: { Allow: /^GET, HEAD, PATCH, DELETE$/ },
  },
  {
    id: "J14",
    what: "Accept: text/xml",
    send: { method: "GET", path: "/speakers", headers: { Accept: "text/xml" } },
    status: 406,
    slug: "not-acceptable",
  },
  {
    id: "J14",
    what: "an Accept header that excludes JSON",
    send: {
      path: "/verify?speaker=alice",
      headers: { ...wav, Accept: "application/json;q=0, text/html" },
      body: clip,
    },
    status: 406,
    slug: "not-acceptable",
  },
  {
    id: "J15",
    what: "JSON as text/plain",
    send: {
      method: "PATCH",
      path: "/speakers/alice",
      headers: { "Content-Type": "text/plain" },
      body: '{"name": "A"}',
    },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "J15",
    what: "JSON in Latin-1",
    send: {
      method: "PATCH",
      path: "/speakers/alice",
      headers: { "Content-Type": "application/json; charset=iso-8859-1" },
      body: '{"name": "A"}',
    },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "J15",
    what: "a raw clip for compare, which needs two clips",
    send: { path: "/compare", headers: wav, body: clip },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "J16",
    what: "multipart without a boundary",
    send: {
      path: "/verify?speaker=alice",
      headers: { "Content-Type": "multipart/form-data" },
      body: "--x\r\n\r\n",
    },
    status: 400,
    slug: "malformed-multipart",
  },
  {
    id: "J16",
    what: "truncated multipart",
    send: {
      path: "/verify?speaker=alice",
      headers: { "Content-Type": "multipart/form-data; boundary=x" },
      body: '--x\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF',
    },
    status: 400,
    slug: "malformed-multipart",
  },
  {
    id: "J16",
    what: "1,000 parts",
    send: {
      path: "/verify",
      body: form(["audio", clip], ...Array.from({ length: 999 }, (_, i): [string, string] => [`p${i}`, "x"])),
    },
    status: 400,
    slug: "malformed-multipart",
  },
  {
    id: "J16",
    what: "70,000 empty parts",
    send: multipart(part('name="a"', "").repeat(70_000)),
    status: 400,
    slug: "malformed-multipart",
    detail: /more than 32 parts/,
  },
  {
    id: "J16",
    what: "70,000 empty parts with an Idempotency-Key",
    send: multipart(part('name="a"', "").repeat(70_000), { "Idempotency-Key": "parts" }),
    status: 400,
    slug: "malformed-multipart",
    detail: /more than 32 parts/,
  },
  {
    id: "J16",
    what: "a part with 4 MB of headers",
    send: multipart(part(`name="audio"; filename="a.wav"${"\r\nX: y".repeat(600_000)}`, "RIFF")),
    status: 400,
    slug: "malformed-multipart",
    detail: /headers of a part/,
  },
  {
    id: "J16",
    what: "a multipart body as the file",
    send: multipart(part('name="audio"; filename="a"\r\nContent-Type: multipart/mixed; boundary=y', "--y--")),
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "J16",
    what: "no file part",
    send: { path: "/verify", body: form(["speaker", "alice"]) },
    status: 400,
    slug: "malformed-multipart",
  },
  {
    id: "J16",
    what: "a text instead of the file",
    send: { path: "/verify", body: form(["speaker", "alice"], ["audio", "RIFF"]) },
    status: 400,
    slug: "malformed-multipart",
  },
  {
    id: "J17",
    what: "two audio parts",
    send: { path: "/verify", body: form(["speaker", "alice"], ["audio", clip], ["audio", clip]) },
    ...invalid,
    pointers: ["/audio"],
  },
  {
    id: "J17",
    what: "a file in an unexpected part",
    send: { path: "/verify", body: form(["speaker", "alice"], ["audio", clip], ["other", clip]) },
    ...invalid,
    pointers: ["/other"],
  },
  {
    id: "J18",
    what: "headers of more than 16 KB",
    send: { method: "GET", path: "/speakers", headers: { "X-Long": "a".repeat(17_000) } },
    status: 431,
    slug: "headers-too-large",
  },
  {
    id: "J18",
    what: "a URL of more than 8 KB",
    send: { method: "GET", path: `/speakers?cursor=${"a".repeat(9_000)}` },
    status: 414,
    slug: "uri-too-long",
  },
  {
    id: "J18",
    what: "headers beyond Node's own limit",
    send: (stage) => ({ raw: `${head(stage, "GET", "/speakers")}X-Long: ${"a".repeat(200_000)}\r\n\r\n` }),
    status: 431,
    slug: "headers-too-large",
  },
  {
    id: "J22",
    what: "both Content-Length and Transfer-Encoding",
    send: (stage) => ({
      raw: `${head(stage, "POST", "/verify")}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    }),
    status: 400,
    headers: { Connection: /^close$/ },
  },
  {
    id: "J22",
    what: "GET /stream without a WebSocket",
    send: { method: "GET", path: "/stream" },
    status: 426,
    slug: "upgrade-required",
  },
  { id: "J22", what: "bytes that aren't HTTP", send: { raw: "hello\r\n\r\n" }, status: 400 },
  ...["", "a".repeat(256), "caf\u00e9", "a\tb"].map(
    (key): Row => ({
      id: "J20",
      what: `Idempotency-Key of ${key.length} characters: ${JSON.stringify(key.slice(0, 8))}`,
      send: { path: "/verify?speaker=alice", headers: { ...wav, "Idempotency-Key": key }, body: clip },
      status: 400,
      slug: "idempotency-key-invalid",
    }),
  ),
  {
    id: "J19",
    what: "no Idempotency-Key",
    send: { path: "/verify?speaker=alice", headers: wav, body: clip },
    status: 200,
  },
  {
    id: "A1",
    what: "an empty body",
    send: { path: "/verify?speaker=alice", headers: wav },
    status: 400,
    slug: "empty-body",
  },
  {
    id: "A1",
    what: "an empty file",
    send: { path: "/verify", body: form(["speaker", "alice"], ["audio", new Uint8Array()]) },
    status: 400,
    slug: "empty-body",
  },
  ...["image/png", "text/plain", "audio/", ""].map(
    (type): Row => ({
      id: "A4",
      what: `Content-Type ${JSON.stringify(type)}`,
      send: { path: "/verify?speaker=alice", headers: { "Content-Type": type }, body: clip },
      status: 415,
      slug: "unsupported-media-type",
    }),
  ),
  {
    id: "A27",
    what: "Content-Encoding: gzip",
    send: { path: "/verify?speaker=alice", headers: { ...wav, "Content-Encoding": "gzip" }, body: clip },
    status: 415,
    slug: "unsupported-content-encoding",
  },
  {
    id: "A28",
    what: "5 MiB",
    send: { path: "/verify?speaker=alice", headers: wav, body: new Uint8Array(5 << 20) },
    status: 413,
    slug: "body-too-large",
  },
  {
    id: "A28",
    what: "one byte too many, without a Content-Length",
    send: (stage) => ({
      raw: [
        Buffer.from(
          `${head(stage, "POST", "/verify?speaker=alice")}` +
            "Content-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        Buffer.from(`${(MAX_BODY_BYTES + 1).toString(16)}\r\n`),
        new Uint8Array(MAX_BODY_BYTES + 1),
        Buffer.from("\r\n0\r\n\r\n"),
      ],
    }),
    status: 413,
    slug: "body-too-large",
  },
];
