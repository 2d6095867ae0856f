import { fakeClip } from "../support/fake-embedder.ts";
import type { Row, Sending } from "./row.ts";
import { type Body, send } from "./stage.ts";

const json = { "Content-Type": "application/json" };
const patch = (body: Body): Sending => ({
  method: "PATCH",
  path: "/speakers/alice",
  headers: json,
  body,
});
const base64 = Buffer.from(fakeClip("voice=alice take=9").bytes).toString("base64");
const verify = (fields: object): Sending => ({
  path: "/verify",
  headers: json,
  body: JSON.stringify({ speaker: "alice", audio: { base64 }, ...fields }),
});
const malformed = { status: 400, slug: "malformed-json" } as const;
const tooLarge = { status: 413, slug: "body-too-large" } as const;
const invalid = { status: 422, slug: "validation-failed" } as const;
const bytes = (...parts: readonly (string | number)[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part)))),
  );

export const rows: readonly Row[] = [
  { id: "J1", what: "invalid JSON", send: patch('{"name": Alice}'), ...malformed },
  { id: "J1", what: "a trailing comma", send: patch('{"name": "Alice",}'), ...malformed },
  { id: "J1", what: "a byte order mark", send: patch('\ufeff{"name": "Alice"}'), ...malformed },
  { id: "J1", what: "NaN", send: patch('{"name": NaN}'), ...malformed },
  { id: "J1", what: "single quotes", send: patch("{'name': 'Alice'}"), ...malformed },
  { id: "J1", what: "two documents", send: patch('{"name": "A"}{"name": "B"}'), ...malformed },
  { id: "J1", what: "a truncated document", send: patch('{"name": "Ali'), ...malformed },
  { id: "J1", what: "a leading zero", send: patch('{"name": 01}'), ...malformed },
  { id: "J1", what: "a control character in a string", send: patch('{"name": "a\u0001b"}'), ...malformed },
  { id: "J2", what: "a repeated field name", send: patch('{"name": "A", "name": "B"}'), ...malformed },
  {
    id: "J2",
    what: "a repeated field name, once escaped",
    send: patch('{"name": "A", "n\\u0061me": "B"}'),
    ...malformed,
  },
  {
    id: "J2",
    what: "a repeated field name in a nested object",
    send: patch('{"metadata": {"a": "1", "a": "2"}}'),
    ...malformed,
  },
  { id: "J3", what: "invalid UTF-8", send: patch(bytes('{"name": "', 0xff, '"}')), ...malformed },
  {
    id: "J3",
    what: "UTF-16",
    send: patch(new Uint8Array(Buffer.from('{"name":"A"}', "utf16le"))),
    ...malformed,
  },
  { id: "J3", what: "a lone surrogate", send: patch('{"name": "\\ud800"}'), ...malformed },
  {
    id: "J4",
    what: "10,000 levels",
    send: patch(`{"name": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`),
    ...malformed,
  },
  { id: "J4", what: "18 levels", send: patch(`{"name": ${"[".repeat(17)}${"]".repeat(17)}}`), ...malformed },
  { id: "J4", what: "50,000 digits", send: patch(`{"name": ${"9".repeat(50_000)}}`), ...malformed },
  { id: "J4", what: "a megabyte of digits", send: patch(`{"name": ${"9".repeat(1 << 20)}}`), ...tooLarge },
  {
    id: "J4",
    what: "2,001 elements in a body with audio",
    send: verify({ operatingPoint: Array(2_001).fill(1) }),
    ...tooLarge,
  },
  {
    id: "J5",
    what: "__proto__",
    send: patch('{"__proto__": {"polluted": true}}'),
    ...invalid,
    pointers: ["/__proto__"],
  },
  {
    id: "J5",
    what: "constructor in a nested object",
    send: patch('{"metadata": {"constructor": "x"}}'),
    ...invalid,
    pointers: ["/metadata/constructor"],
  },
  {
    id: "J5",
    what: "__proto__ in the query",
    send: { path: "/verify?speaker=alice&__proto__=1", headers: { "Content-Type": "audio/wav" }, body: "x" },
    ...invalid,
  },
  { id: "J6", what: "an unknown field", send: patch('{"nmae": "A"}'), ...invalid, pointers: ["/nmae"] },
  { id: "J6", what: "tenant", send: verify({ tenant: "other" }), ...invalid, pointers: ["/tenant"] },
  { id: "J6", what: "version", send: patch('{"version": 7}'), ...invalid, pointers: ["/version"] },
  { id: "J6", what: "sum", send: patch('{"sum": [1]}'), ...invalid, pointers: ["/sum"] },
  {
    id: "J6",
    what: "a field on a route without fields",
    send: { path: "/speakers/alice/reset", headers: json, body: '{"all": true}' },
    ...invalid,
    pointers: ["/all"],
  },
  {
    id: "J7",
    what: "a number instead of a name",
    send: patch('{"name": 7}'),
    ...invalid,
    pointers: ["/name"],
  },
  {
    id: "J7",
    what: "an array instead of an object",
    send: patch('[{"name": "A"}]'),
    ...invalid,
    pointers: [""],
  },
  {
    id: "J7",
    what: "null instead of a name",
    send: patch('{"name": null}'),
    ...invalid,
    pointers: ["/name"],
  },
  {
    id: "J7",
    what: "a number in metadata",
    send: patch('{"metadata": {"a/b": 1}}'),
    ...invalid,
    pointers: ["/metadata/a~1b"],
  },
  { id: "J7", what: "audio as a string", send: verify({ audio: base64 }), ...invalid, pointers: ["/audio"] },
  { id: "J7", what: "nothing to change", send: patch("{}"), ...invalid },
  { id: "J8", what: "a name of 0 characters", send: patch('{"name": ""}'), ...invalid, pointers: ["/name"] },
  {
    id: "J8",
    what: "a name of 257 characters",
    send: patch(JSON.stringify({ name: "a".repeat(257) })),
    ...invalid,
    pointers: ["/name"],
  },
  {
    id: "J8",
    what: "a line break in a name",
    send: patch('{"name": "a\\nb"}'),
    ...invalid,
    pointers: ["/name"],
  },
  {
    id: "J8",
    what: "a right-to-left override",
    send: patch('{"name": "a\\u202eb"}'),
    ...invalid,
    pointers: ["/name"],
  },
  {
    id: "J9",
    what: "17 keys of metadata",
    send: patch(
      JSON.stringify({ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) }),
    ),
    ...invalid,
    pointers: ["/metadata"],
  },
  {
    id: "J9",
    what: "more than 2 KB of metadata",
    send: patch(
      JSON.stringify({ metadata: { a: "x".repeat(1000), b: "x".repeat(1000), c: "x".repeat(100) } }),
    ),
    ...invalid,
    pointers: ["/metadata"],
  },
  {
    id: "J10",
    what: "a rate of 1e400",
    send: {
      path: "/verify",
      headers: json,
      body: `{"speaker": "alice", "audio": {"base64": "${base64}"}, "operatingPoint": {"far": 1e400}}`,
    },
    ...invalid,
    pointers: ["/operatingPoint/far"],
  },
  {
    id: "J10",
    what: "a rate of -1",
    send: verify({ operatingPoint: { far: -1 } }),
    ...invalid,
    pointers: ["/operatingPoint/far"],
  },
  {
    id: "J10",
    what: "a rate as a string",
    send: verify({ operatingPoint: { far: "0.5" } }),
    ...invalid,
    pointers: ["/operatingPoint/far"],
  },
  { id: "J10", what: "a threshold", send: verify({ threshold: 0.5 }), ...invalid, pointers: ["/threshold"] },
  {
    id: "J10",
    what: "a rate below every measured one",
    send: verify({ operatingPoint: { far: 1e-9 } }),
    ...invalid,
    pointers: ["/operatingPoint/far"],
  },
  {
    id: "A30",
    what: "invalid base64",
    send: verify({ audio: { base64: "!!!!" } }),
    ...invalid,
    pointers: ["/audio"],
  },
  ...[
    ["base64 of both alphabets", "AA-_AA+/"],
    ["base64 with bits that belong to no byte", "QUJDR"],
    ["a data: URL that isn't base64", "data:audio/wav,RIFF"],
  ].map(
    ([what = "", text]): Row => ({
      id: "A30",
      what,
      send: verify({ audio: { base64: text } }),
      ...invalid,
      pointers: ["/audio"],
    }),
  ),
  {
    id: "A30",
    what: "truncated base64",
    send: verify({ audio: { base64: "QUJD=" } }),
    ...invalid,
    pointers: ["/audio"],
  },
  {
    id: "S6",
    what: "an S3 key for audio",
    send: verify({ audio: { s3_key: "x" } }),
    ...invalid,
    pointers: ["/audio/s3_key"],
  },
  {
    id: "S6",
    what: "a URL for audio",
    send: verify({ audio: { url: "http://x" } }),
    ...invalid,
    pointers: ["/audio/url"],
  },
  {
    id: "S7",
    what: "an unknown upload",
    send: verify({ audio: { upload: "upl_1" } }),
    status: 404,
    slug: "upload-not-found",
  },
  {
    id: "S7",
    what: "an unknown clip",
    send: verify({ audio: { clip: "clp_1", speaker: "alice" } }),
    status: 404,
    slug: "clip-not-found",
  },
  {
    id: "S7",
    what: "an enrolled clip of the speaker as the probe",
    send: async (stage) => {
      const reply = await send(stage, { method: "GET", path: "/speakers/alice/clips" });
      const [clip] = JSON.parse(reply.text).clips;
      return verify({ audio: { clip: clip.id, speaker: "alice" } });
    },
    ...invalid,
    pointers: ["/audio/clip"],
  },
];
