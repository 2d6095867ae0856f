import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { encodeFloat64, encodeInt32 } from "../../lib/score/scoring/codec.ts";
import { MAX_LINE_BYTES } from "../../lib/transfer/sealed-lines.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";
import { refusal } from "./asking.ts";
import { exported, fullRegistry, imported, parsed, resealed } from "./transfer.ts";

/**
 * header registry cohort calibration active, ann with 2 recordings, bob with 3, eve with 3, gone, a
 * group, end.
 */
let lines: string[] = [];
const ANN = 6;
const ANNS_FIRST_RECORDING = 7;

beforeAll(async () => {
  const services = await openTestServices();
  await fullRegistry(services);
  lines = await exported(services, true);
  await services.close();
});

/** The slug and message of the refusal; also checks that nothing was written. */
async function refusalOf(wrong: readonly string[]): Promise<string> {
  const to = await testServices();
  const refused = await refusal(imported(to, wrong));
  expect(await stored(to)).toEqual({ speakers: 0, recordings: 0, cohorts: 0, calibrations: 0 });
  return `${refused.slug}: ${refused.message}`;
}

const stored = async (services: TestServices) => {
  const { registryId } = services;
  const { modelId } = services.embedder.model;
  return {
    speakers: (await services.speakers.list(registryId, undefined, 10)).items.length,
    recordings: (await services.clips.list(registryId)).length,
    cohorts: (await services.cohorts.list(registryId, modelId)).length,
    calibrations: (await services.calibrations.list(registryId, modelId)).length,
  };
};

const without = (number: number) => lines.filter((_, i) => i + 1 !== number);

test("rejects a file that is cut off, and names the first missing line", async () => {
  for (const kept of [1, 2, 5, ANN, lines.length - 1])
    expect(await refusalOf(lines.slice(0, kept))).toMatch(
      new RegExp(`^validation-failed: Line ${kept + 1} is missing: the file was cut off`),
    );
  const half = [...lines.slice(0, ANN - 1), lines[ANN - 1].slice(0, 500)];
  expect(await refusalOf(half)).toMatch(/^validation-failed: Line 6 has no seal .*Line 7 is missing/);
  expect(await refusalOf([])).toMatch(/Line 1 is missing: the file is empty/);
});

test("reports one changed character on its own line, and on no other", async () => {
  for (let i = 0; i < lines.length; i++) {
    const at = Math.floor(lines[i].length / 3);
    const other = lines[i][at] === "a" ? "b" : "a";
    const edited = lines.with(i, lines[i].slice(0, at) + other + lines[i].slice(at + 1));
    const message = await refusalOf(edited);
    expect(message).toMatch(new RegExp(`^validation-failed: Line ${i + 1} was edited or damaged`));
    expect(message.match(/Line \d+/g)).toHaveLength(1);
  }
});

test("names a line that is missing, repeated or moved", async () => {
  for (const number of [2, ANN, ANNS_FIRST_RECORDING, lines.length - 1])
    expect(await refusalOf(without(number))).toMatch(
      new RegExp(`^validation-failed: Line ${number} was line ${number + 1} when it was exported`),
    );
  const twice = lines.toSpliced(ANN, 0, lines[ANN - 1]);
  expect(await refusalOf(twice)).toMatch(/^validation-failed: Line 7 was line 6 .* repeated/);
  const swapped = lines.with(2, lines[3]).with(3, lines[2]);
  expect(await refusalOf(swapped)).toMatch(/Line 3 was line 4 .*Line 4 was line 3 .*Line 5 was line 5/);
  expect(await refusalOf([...lines, lines.at(-1) ?? ""])).toMatch(/^validation-failed: Line \d+ was line/);
});

test("rejects an intact line from another export of the same registry", async () => {
  const services = await testServices();
  await fullRegistry(services);
  const other = await exported(services, true);
  expect(await refusalOf(lines.with(ANN - 1, other[ANN - 1]))).toMatch(
    /^validation-failed: Line 6 was edited or damaged, or comes from another export/,
  );
});

test("rejects files that are not exports: text, JSON, binary data, gzip", async () => {
  const junk = createHash("sha512").update("junk").digest();
  for (const text of ["hello", "{}", "[]", "null", '{"kind":"header"}', '{"a":1,"line":1,"sha256":"0"}'])
    expect(await refusalOf([text])).toMatch(/^validation-failed: Line 1 has no seal/);
  const read = async (bytes: Uint8Array) => {
    for await (const _ of textLines([bytes] as never, 1000));
  };
  expect((await refusal(read(junk))).message).toMatch(/Line 1 is not UTF-8 text/);
  expect((await refusal(read(new Uint8Array([0x1f, 0x8b, 8, 0])))).message).toMatch(
    /zcat FILE \| voiceroll import -/,
  );
});

test("rejects a line of a gigabyte as soon as it is too long, without holding it in memory", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(97);
  let sent = 0;
  const endless = async function* () {
    yield new TextEncoder().encode("first\n");
    for (; sent < 1024; sent++) yield chunk;
  };
  const read = async () => {
    for await (const line of textLines(endless(), MAX_LINE_BYTES)) expect(line).toBe("first");
  };
  expect((await refusal(read())).message).toMatch(/^Line 2 has more than 67108864 bytes/);
  expect(sent).toBeLessThan(70);
});

test("splits the same lines at any chunk size, with LF or CR LF, and without a final line end", async () => {
  const bytes = new TextEncoder().encode("eins\r\nzwöi\n\ndrü");
  for (let size = 1; size <= bytes.length; size++) {
    const found: string[] = [];
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    for await (const line of textLines(chunks(), 100)) found.push(line);
    expect(found).toEqual(["eins", "zwöi", "", "drü"]);
  }
});

test("distinguishes an unknown version and another format from damage", async () => {
  const version = (value: unknown) =>
    resealed(lines, 1, (header) => {
      header.version = value;
    });
  expect(await refusalOf(version(2))).toMatch(
    /^validation-failed: Line 1 has format version 2; .* Use a newer Voiceroll/,
  );
  expect(await refusalOf(version("1"))).toMatch(/version "1"/);
  const format = resealed(lines, 1, (header) => {
    header.format = "something";
  });
  expect(await refusalOf(format)).toMatch(/^validation-failed: Line 1 is invalid: format: /);
});

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const vectorOf = (text: string) => new Int32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);

// biome-ignore lint/suspicious/noExplicitAny: an invalid line has no type
const WRONG: [what: string, line: number, change: (value: any) => void, why: RegExp][] = [
  [
    "a clip of length 0",
    ANN,
    (s) => {
      s.clips[0].embedding = base64(new Uint8Array(256));
    },
    /clip 1 of ann has an embedding of length 0/,
  ],
  [
    "a clip of length 2",
    ANN,
    (s) => {
      s.clips[1].embedding = base64(encodeInt32(vectorOf(s.clips[1].embedding).map((x) => 2 * x)));
    },
    /clip 2 of ann has an embedding of length 2/,
  ],
  [
    "a clip of another dimension",
    ANN,
    (s) => {
      s.clips[0].embedding = base64(new Uint8Array(4 * 63));
    },
    /clip 1 of ann has an embedding of 252 bytes; 64 Int32 values have 256/,
  ],
  [
    "a sum of another dimension",
    ANN,
    (s) => {
      s.sum = base64(new Uint8Array(8 * 63));
      s.clips = [];
    },
    /the sum of ann has 63 values; the model's embeddings have 64/,
  ],
  [
    "a sum of NaN",
    ANN,
    (s) => {
      s.sum = base64(encodeFloat64(new Float64Array(64).fill(Number.NaN)));
    },
    /the sum of ann is not the sum of its clips/,
  ],
  [
    "a clip with one changed bit",
    ANN,
    (s) => {
      const v = vectorOf(s.clips[0].embedding);
      v[0] ^= 1;
      s.clips[0].embedding = base64(encodeInt32(v));
    },
    /the sum of ann is not the sum of its clips/,
  ],
  [
    "a fingerprint of more than 20 s",
    ANN,
    (s) => {
      s.clips[0].fingerprint = base64(new Uint8Array(1002));
    },
    /clip 1 of ann has a fingerprint that is not base64 of at most 1001 bytes/,
  ],
  [
    "an embedding that is not base64",
    ANN,
    (s) => {
      s.clips[0].embedding = `${s.clips[0].embedding.slice(0, -4)}*!~=`;
    },
    /clip 1 of ann has an embedding that is not base64/,
  ],
  [
    "null for a number",
    ANN,
    (s) => {
      s.clips[0].quality.speechSeconds = null;
    },
    /clips.0.quality.speechSeconds/,
  ],
  [
    "a repeated clip",
    ANN,
    (s) => {
      s.clips[1] = s.clips[0];
    },
    /clip 2 of ann repeats an earlier clip/,
  ],
  [
    "51 clips",
    ANN,
    (s) => {
      s.clips = Array(51).fill(s.clips[0]);
    },
    /clips: /,
  ],
  [
    "clips of an opted-out speaker",
    ANN,
    (s) => {
      s.optedOut = true;
    },
    /ann has opted out but has clips/,
  ],
  [
    "an id that is a path",
    ANN,
    (s) => {
      s.id = "../ann";
    },
    /id: is not an id/,
  ],
  [
    "an unknown field",
    ANN,
    (s) => {
      s.score = 1;
    },
    /Unrecognized key: "score"/,
  ],
  [
    "a __proto__ field",
    ANN,
    (s) => {
      Object.defineProperty(s, "__proto__", { value: { polluted: 1 }, enumerable: true });
    },
    /Unrecognized key/,
  ],
  [
    "a repeated speaker",
    ANN + 3,
    (s) => {
      s.id = "ann";
    },
    /repeats speaker ann/,
  ],
  [
    "a repeated uid",
    ANN + 3,
    (s) => {
      s.uid = parsed(lines[ANN - 1]).uid;
    },
    /repeats speaker uid spk_\w+/,
  ],
  [
    "a recording of another clip",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.audioSha256 = "0".repeat(64);
    },
    /is a recording of ann that belongs to none of its clips and consents/,
  ],
  [
    "a changed recording",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.data = base64(new Uint8Array(9));
    },
    /is a recording of ann that does not match its sha256/,
  ],
  [
    "a recording of another speaker",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.speaker = "bob";
    },
    /is a recording of bob, but does not follow that speaker's line/,
  ],
  [
    "a changed cohort row",
    3,
    (c) => {
      c.rows = `${"A".repeat(16)}${c.rows.slice(16)}`;
    },
    /row 1 of coh_\w+ does not have length 1|is not the id of these voices/,
  ],
  [
    "a cohort with a missing voice",
    3,
    (c) => {
      c.voices = c.voices.slice(1);
    },
    /the rows of coh_\w+ have \d+ bytes/,
  ],
  [
    "a cohort with another topN",
    3,
    (c) => {
      c.topN -= 1;
    },
    /is not the id of these voices/,
  ],
  [
    "a threshold that is not a number",
    4,
    (c) => {
      c.calibration.tables[0].points[0].threshold = "low";
    },
    /calibration.tables.0.points.0.threshold/,
  ],
  [
    "an unknown active calibration",
    5,
    (a) => {
      a.calibration = "cal_0000";
    },
    /names calibration cal_0000, which no earlier line defines/,
  ],
  [
    "a FAR of 2",
    2,
    (r) => {
      r.settings.far = 2;
    },
    /settings.far/,
  ],
];

test.each(WRONG)("rejects %s under a valid seal, and names its line", async (_, number, change, why) => {
  const message = await refusalOf(resealed(lines, number, change));
  expect(message).toMatch(why);
  expect(message).toMatch(new RegExp(`^validation-failed: Line ${number} `));
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("rejects wrong counts on the end line", async () => {
  const wrong = resealed(lines, lines.length, (end) => {
    end.clips = 7;
  });
  expect(await refusalOf(wrong)).toMatch(/Line \d+ states wrong counts: 7 clips where the file has 8/);
});

test("names the first twenty invalid lines of many", async () => {
  const wrong = Array.from({ length: 100 }, () => "x");
  expect((await refusalOf(wrong)).match(/Line \d+/g)).toHaveLength(20);
});

test("stops at the changed line if the file changes between the two passes", async () => {
  const to = await testServices();
  let passes = 0;
  const open = async function* () {
    yield* passes++ === 0 ? lines : lines.with(ANN + 2, lines[ANN + 2].replace("bob", "rob"));
  };
  const refused = await refusal(imported(to, [], { open }));
  expect(refused.message).toMatch(/^Line 9 was edited/);
  expect((await stored(to)).speakers).toBeLessThan(4);
  expect((await imported(to, lines)).speaker.left).toBe(0);
});
