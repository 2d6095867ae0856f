import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { encodeFloat64, encodeInt32 } from "../../lib/score/scoring/codec.ts";
import { MAX_LINE_BYTES } from "../../lib/transfer/sealed-lines.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";
import { refusal } from "./asking.ts";
import { exported, fullRegistry, imported, parsed, resealed } from "./transfer.ts";

/** header registry cohort calibration active, ann with 2 recordings, bob with 3, eve with 3, gone, a group, end. */
let lines: string[] = [];
const ANN = 6;
const ANNS_FIRST_RECORDING = 7;

beforeAll(async () => {
  const services = await openTestServices();
  await fullRegistry(services);
  lines = await exported(services, true);
  await services.close();
});

/** What refuses it; nothing is written. */
async function said(wrong: readonly string[]): Promise<string> {
  const to = await testServices();
  const refused = await refusal(imported(to, wrong));
  expect(await rest(to)).toEqual({ speakers: 0, recordings: 0, cohorts: 0, calibrations: 0 });
  return `${refused.slug}: ${refused.message}`;
}

const rest = async (services: TestServices) => {
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

test("cut off at any line, or in the middle of one, it is refused where it ends", async () => {
  for (const kept of [1, 2, 5, ANN, lines.length - 1])
    expect(await said(lines.slice(0, kept))).toMatch(
      new RegExp(`^validation-failed: Line ${kept + 1} is missing: the file was cut off`),
    );
  const half = [...lines.slice(0, ANN - 1), lines[ANN - 1].slice(0, 500)];
  expect(await said(half)).toMatch(/^validation-failed: Line 6 has no seal .*Line 7 is missing/);
  expect(await said([])).toMatch(/Line 1 is not there: the file is empty/);
});

test("one changed character is found at its line, wherever it is, and nowhere else", async () => {
  for (let i = 0; i < lines.length; i++) {
    const at = Math.floor(lines[i].length / 3);
    const other = lines[i][at] === "a" ? "b" : "a";
    const edited = lines.with(i, lines[i].slice(0, at) + other + lines[i].slice(at + 1));
    const message = await said(edited);
    expect(message).toMatch(new RegExp(`^validation-failed: Line ${i + 1} was edited or damaged`));
    expect(message.match(/Line \d+/g)).toHaveLength(1);
  }
});

test("a line that is gone, there twice, or moved is named", async () => {
  for (const number of [2, ANN, ANNS_FIRST_RECORDING, lines.length - 1])
    expect(await said(without(number))).toMatch(
      new RegExp(`^validation-failed: Line ${number} was line ${number + 1} when it was exported`),
    );
  const twice = lines.toSpliced(ANN, 0, lines[ANN - 1]);
  expect(await said(twice)).toMatch(/^validation-failed: Line 7 was line 6 .* there twice/);
  const swapped = lines.with(2, lines[3]).with(3, lines[2]);
  expect(await said(swapped)).toMatch(/Line 3 was line 4 .*Line 4 was line 3 .*Line 5 was line 5/);
  expect(await said([...lines, lines.at(-1) ?? ""])).toMatch(/^validation-failed: Line \d+ was line/);
});

test("a line of another export of the same registry is found, though it is whole", async () => {
  const services = await testServices();
  await fullRegistry(services);
  const other = await exported(services, true);
  expect(await said(lines.with(ANN - 1, other[ANN - 1]))).toMatch(
    /^validation-failed: Line 6 was edited or damaged, or comes from another export/,
  );
});

test("no export at all: text, JSON, a zip, binary junk, a compressed one", async () => {
  const junk = createHash("sha512").update("junk").digest();
  for (const text of ["hello", "{}", "[]", "null", '{"kind":"header"}', '{"a":1,"line":1,"sha256":"0"}'])
    expect(await said([text])).toMatch(/^validation-failed: Line 1 has no seal/);
  const read = async (bytes: Uint8Array) => {
    for await (const _ of textLines([bytes] as never, 1000));
  };
  expect((await refusal(read(junk))).message).toMatch(/Line 1 is no UTF-8 text/);
  expect((await refusal(read(new Uint8Array([0x1f, 0x8b, 8, 0])))).message).toMatch(
    /zcat FILE \| voiceroll import -/,
  );
});

test("a line of a gigabyte is refused as soon as it is too long, and never held whole", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(97);
  let given = 0;
  const endless = async function* () {
    yield new TextEncoder().encode("first\n");
    for (; given < 1024; given++) yield chunk;
  };
  const read = async () => {
    for await (const line of textLines(endless(), MAX_LINE_BYTES)) expect(line).toBe("first");
  };
  expect((await refusal(read())).message).toMatch(/^Line 2 has more than 67108864 bytes/);
  expect(given).toBeLessThan(70);
});

test("lines are the same however the bytes are cut, with CR and LF too, and without an end at the end", async () => {
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

test("a version that this program does not know, and another format, are told apart from damage", async () => {
  const version = (value: unknown) =>
    resealed(lines, 1, (header) => {
      header.version = value;
    });
  expect(await said(version(2))).toMatch(
    /^validation-failed: Line 1 is of version 2 .* Use a newer Voiceroll/,
  );
  expect(await said(version("1"))).toMatch(/version "1"/);
  const format = resealed(lines, 1, (header) => {
    header.format = "something";
  });
  expect(await said(format)).toMatch(/^validation-failed: Line 1 format: /);
});

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const vectorOf = (text: string) => new Int32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);

// biome-ignore lint/suspicious/noExplicitAny: what is wrong in a line has no type
const WRONG: [what: string, line: number, change: (value: any) => void, why: RegExp][] = [
  [
    "a clip of no length",
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
    "another dimension",
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
    /the sum of ann has 63 values; the model has 64/,
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
    "a clip's last bit",
    ANN,
    (s) => {
      const v = vectorOf(s.clips[0].embedding);
      v[0] ^= 1;
      s.clips[0].embedding = base64(encodeInt32(v));
    },
    /the sum of ann is not the sum of its clips/,
  ],
  [
    "no base64",
    ANN,
    (s) => {
      s.clips[0].embedding = `${s.clips[0].embedding.slice(0, -4)}*!~=`;
    },
    /clip 1 of ann has an embedding that is no base64/,
  ],
  [
    "NaN as a number",
    ANN,
    (s) => {
      s.clips[0].quality.speechSeconds = null;
    },
    /clips.0.quality.speechSeconds/,
  ],
  [
    "a clip twice",
    ANN,
    (s) => {
      s.clips[1] = s.clips[0];
    },
    /clip 2 of ann is there twice/,
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
    "an opted-out voice",
    ANN,
    (s) => {
      s.optedOut = true;
    },
    /ann has opted out and has clips/,
  ],
  [
    "an id that is a path",
    ANN,
    (s) => {
      s.id = "../ann";
    },
    /id: is no id/,
  ],
  [
    "a field nobody knows",
    ANN,
    (s) => {
      s.score = 1;
    },
    /Unrecognized key: "score"/,
  ],
  [
    "a polluting field",
    ANN,
    (s) => {
      Object.defineProperty(s, "__proto__", { value: { polluted: 1 }, enumerable: true });
    },
    /Unrecognized key/,
  ],
  [
    "a speaker twice",
    ANN + 3,
    (s) => {
      s.id = "ann";
    },
    /has the speaker ann again/,
  ],
  [
    "a uid twice",
    ANN + 3,
    (s) => {
      s.uid = parsed(lines[ANN - 1]).uid;
    },
    /has the speaker's uid spk_\w+ again/,
  ],
  [
    "a recording of another clip",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.audioSha256 = "0".repeat(64);
    },
    /is a recording of no clip of ann/,
  ],
  [
    "a recording that was changed",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.data = base64(new Uint8Array(9));
    },
    /another sha256 than is stated/,
  ],
  [
    "a recording of somebody else",
    ANNS_FIRST_RECORDING,
    (a) => {
      a.speaker = "bob";
    },
    /whose line does not stand before it/,
  ],
  [
    "a cohort's row changed",
    3,
    (c) => {
      c.rows = `${"A".repeat(16)}${c.rows.slice(16)}`;
    },
    /row 1 of coh_\w+ is not of length 1|is not the id of these voices/,
  ],
  [
    "a cohort of too few",
    3,
    (c) => {
      c.voices = c.voices.slice(1);
    },
    /the rows of coh_\w+ have \d+ bytes/,
  ],
  [
    "a cohort's topN changed",
    3,
    (c) => {
      c.topN -= 1;
    },
    /is not the id of these voices/,
  ],
  [
    "a threshold that is no number",
    4,
    (c) => {
      c.calibration.tables[0].points[0].threshold = "low";
    },
    /calibration.tables.0.points.0.threshold/,
  ],
  [
    "a calibration that is not there",
    5,
    (a) => {
      a.calibration = "cal_0000";
    },
    /names the calibration cal_0000, which does not stand before it/,
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

test.each(WRONG)(
  "%s is refused though the seal fits, and its line is named",
  async (_, number, change, why) => {
    const message = await said(resealed(lines, number, change));
    expect(message).toMatch(why);
    expect(message).toMatch(new RegExp(`^validation-failed: Line ${number} `));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  },
);

test("counts at the end that do not fit are told", async () => {
  const wrong = resealed(lines, lines.length, (end) => {
    end.clips = 7;
  });
  expect(await said(wrong)).toMatch(/Line \d+ tells of 7 clips where there are 8/);
});

test("a file full of faults names the first twenty", async () => {
  const wrong = Array.from({ length: 100 }, () => "x");
  expect((await said(wrong)).match(/Line \d+/g)).toHaveLength(20);
});

test("a file that changes between the two readings stops at the change", async () => {
  const to = await testServices();
  let readings = 0;
  const open = async function* () {
    yield* readings++ === 0 ? lines : lines.with(ANN + 2, lines[ANN + 2].replace("bob", "rob"));
  };
  const refused = await refusal(imported(to, [], { open }));
  expect(refused.message).toMatch(/^Line 9 was edited/);
  expect((await rest(to)).speakers).toBeLessThan(4);
  expect((await imported(to, lines)).speaker.left).toBe(0);
});
