/* Parts of recordings: `segment` and `firstSpeechSeconds`. */
import { fakeClip } from "../support/fake-embedder.ts";
import type { Row, Sending } from "./row.ts";

const bytes = new Uint8Array(fakeClip("voice=alice take=9 total=100").bytes);
const audio = { base64: Buffer.from(bytes).toString("base64") };
const json = { "Content-Type": "application/json" };
const inJson = (path: string, fields: object): Sending => ({
  path,
  headers: json,
  body: JSON.stringify(fields),
});
const verify = (fields: object) => inJson("/verify", { speaker: "alice", audio, ...fields });
const ofClip = (fields: object) => inJson("/verify", { speaker: "alice", audio: { ...audio, ...fields } });
const inQuery = (query: string): Sending => ({
  path: `/verify?speaker=alice&${query}`,
  headers: { "Content-Type": "audio/wav" },
  body: bytes,
});
const invalid = { status: 422, slug: "validation-failed" } as const;

export const rows: readonly Row[] = [
  ...(
    [
      ["a segment that ends where it starts", { start: 3, end: 3 }, "/segment"],
      ["a segment that ends before it starts", { start: 3, end: 1 }, "/segment"],
      ["a segment of more than 120 s", { start: 3, end: 124 }, "/segment"],
      ["a segment that starts before the recording", { start: -1, end: 3 }, "/segment/start"],
      ["a segment behind the first hour", { start: 3599, end: 3601 }, "/segment/end"],
      ["a segment without an end", { start: 3 }, "/segment/end"],
      ["a segment with another field", { start: 3, end: 4, unit: "s" }, "/segment/unit"],
      ["a segment of texts", { start: "3", end: 4 }, "/segment/start"],
      ["a segment as a text in JSON", "3-4", "/segment"],
    ] as const
  ).map(
    ([what, segment, pointer]): Row => ({
      id: "S11",
      what,
      send: verify({ segment }),
      ...invalid,
      pointers: [pointer],
    }),
  ),
  {
    id: "S11",
    what: "a clip's segment that ends before it starts",
    send: ofClip({ segment: { start: 3, end: 1 } }),
    ...invalid,
    pointers: ["/audio/segment"],
  },
  {
    id: "S11",
    what: "a segment and the first speech",
    send: verify({ segment: { start: 1, end: 3 }, firstSpeechSeconds: 3 }),
    ...invalid,
    pointers: ["/firstSpeechSeconds"],
  },
  {
    id: "S11",
    what: "a clip's segment and its first speech",
    send: ofClip({ segment: { start: 1, end: 3 }, firstSpeechSeconds: 3 }),
    ...invalid,
    pointers: ["/audio/firstSpeechSeconds"],
  },
  {
    id: "S11",
    what: "the first 0 s of speech",
    send: verify({ firstSpeechSeconds: 0 }),
    ...invalid,
    pointers: ["/firstSpeechSeconds"],
  },
  {
    id: "S11",
    what: "the first 121 s of speech",
    send: inQuery("firstSpeechSeconds=121"),
    ...invalid,
    pointers: ["/firstSpeechSeconds"],
  },
  {
    id: "S11",
    what: "the first speech in words",
    send: inQuery("firstSpeechSeconds=all"),
    ...invalid,
    pointers: ["/firstSpeechSeconds"],
  },
  ...["12", "-3-4", "3..4", "a-b", "1e3-2e3"].map(
    (text): Row => ({
      id: "S11",
      what: `the segment \`${text}\` in the query`,
      send: inQuery(`segment=${text}`),
      ...invalid,
      pointers: ["/segment"],
      detail: /12\.5-31/,
    }),
  ),
  {
    id: "S11",
    what: "a side's segment outside a comparison",
    send: inQuery("segmentA=1-2"),
    ...invalid,
    pointers: ["/segmentA"],
  },
  {
    id: "S12",
    what: "a segment that ends behind the recording",
    send: verify({ segment: { start: 90, end: 110 } }),
    status: 422,
    slug: "segment-out-of-range",
  },
];
