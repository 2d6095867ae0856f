import * as z from "zod";
import { METHODS } from "../../score/types.ts";

/*
 * The lines of an export, one JSON object each; docs/export-format.md explains them. Every line ends with `line`, its number
 * from 1, and `sha256`, its seal (sealed-lines.ts). Null stands for what is not set, so that no field is ever missing.
 */
export const FORMAT = "voiceroll-registry";
export const FORMAT_VERSION = 1;

const text = (most: number) => z.string().max(most);
const count = z.int().min(0);
const Time = z.iso.datetime();
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is no sha256 (64 hexadecimal digits)");
const ModelName = z.string().regex(/^mdl_[0-9a-z_-]{1,80}$/, "is no model's id (mdl_...)");
const CohortName = z.string().regex(/^coh_[0-9a-zA-Z_-]{1,80}$/, "is no cohort's id (coh_...)");
const CalibrationName = z.string().regex(/^cal_[0-9a-zA-Z_-]{1,80}$/, "is no calibration's id (cal_...)");
const Uid = z.string().regex(/^spk_[0-9a-z]{1,64}$/, "is no speaker's uid (spk_...)");
const OwnName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "is no id: 1 to 128 letters, digits, '_', '.' and '-'");
/** Its alphabet is checked where it is decoded: a pattern over megabytes would exhaust the regular expression's stack. */
const Base64 = z.string().meta({ contentEncoding: "base64" });

const counts = { cohorts: count, calibrations: count, speakers: count, clips: count, groups: count };

export const HeaderLine = z.strictObject({
  kind: z.literal("header"),
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  /** What the exporting service ran. `id` holds the sha256 of the ONNX file. */
  model: z.strictObject({ id: ModelName, name: text(100), dimension: z.int().positive() }),
  /** What its scores were normalised by and decided with, bundled or its own. */
  scoredBy: z.strictObject({ cohort: CohortName, calibration: CalibrationName }),
  /** Recordings stand in the file too. */
  audio: z.boolean(),
  /** When the export began; the last line has what was written. */
  counts: z.strictObject(counts),
});

export const RegistryLine = z.strictObject({
  kind: z.literal("registry"),
  name: text(256),
  suspended: z.boolean(),
  settings: z.strictObject({
    enrolSpeechSeconds: z.number().min(0).max(3600),
    far: z.number().gt(0).lt(1).nullable(),
    consentRequired: z.boolean(),
    refuseMultipleSpeakers: z.boolean(),
    requestsPerMinute: z.int().positive().nullable(),
  }),
});

export const CohortLine = z.strictObject({
  kind: z.literal("cohort"),
  id: CohortName,
  model: ModelName,
  name: text(256).nullable(),
  /** Of the content as it was made; `id` follows from it. */
  sha256Made: Sha256,
  dimension: z.int().positive(),
  topN: z.int().positive(),
  /** Voices that were erased since it was made. */
  erased: count,
  createdAt: Time,
  voices: z.array(
    z.strictObject({
      source: z.enum(["bundled", "clips", "registry"]),
      owner: Uid.nullable(),
      label: text(1024).nullable(),
      language: text(100).nullable(),
      bandwidth: z.enum(["wide", "telephone"]).nullable(),
      clips: count.nullable(),
      speechSeconds: z.number().min(0).nullable(),
    }),
  ),
  /** [voices][dimension] float32, little-endian, unit rows. */
  rows: Base64,
});

/** What decides is checked; what is for people (docs/calibration.md) is carried as it is. */
const Table = z.looseObject({
  method: z.enum(METHODS),
  bucket: z.enum(["1-2s", "2-4s", "4-8s", "8s+", "any"]),
  bandwidth: z.enum(["wide", "telephone", "any"]),
  llr: z.looseObject({ slope: z.number().positive(), offset: z.number() }),
  points: z.array(
    z.looseObject({
      far: z.number().min(0).max(1),
      threshold: z.number(),
      frr: z.number().min(0).max(1),
      genuineTrials: count,
      impostorTrials: count,
    }),
  ),
});

export const CalibrationLine = z.strictObject({
  kind: z.literal("calibration"),
  createdAt: Time,
  calibration: z.looseObject({
    id: CalibrationName,
    modelId: ModelName,
    cohortId: CohortName,
    defaultFar: z.number().gt(0).lt(1),
    source: text(1000),
    tables: z.array(Table),
  }),
  report: z.looseObject({ origin: z.enum(["registry", "trials"]) }),
});

/** What the registry had chosen under `model`; null: what came with the model. */
export const ActiveLine = z.strictObject({
  kind: z.literal("active"),
  model: ModelName,
  cohort: CohortName.nullable(),
  previousCohort: CohortName.nullable(),
  calibration: CalibrationName.nullable(),
  previousCalibration: CalibrationName.nullable(),
  updatedAt: Time,
});

export const MOST_CLIPS = 50;

const Clip = z.strictObject({
  /** Of the recording; of a clip that came as an embedding alone, of the embedding. */
  audioSha256: Sha256,
  /** [D] Int32 at scale 2^28, little-endian. */
  embedding: Base64,
  quality: z.strictObject({
    totalSeconds: z.number().min(0),
    speechSeconds: z.number().positive(),
    snrDb: z.number().nullable(),
    clippedFraction: z.number().min(0).max(1),
    bandwidth: z.enum(["wide", "telephone"]),
  }),
  /** As the voiceprint counts it; null in lists that were made before it was kept. */
  listedBandwidth: z.enum(["wide", "telephone"]).nullable(),
  warnings: z.array(text(100)).max(20),
  mediaType: text(200).nullable(),
  channel: z.int().min(0).max(63).nullable(),
  createdAt: Time,
});

export const SpeakerLine = z.strictObject({
  kind: z.literal("speaker"),
  id: OwnName,
  uid: Uid,
  name: text(256).nullable(),
  metadata: z.record(text(64), text(1024)),
  consent: text(256).nullable(),
  optedOut: z.boolean(),
  model: ModelName,
  createdAt: Time,
  updatedAt: Time,
  /** [D] float64, little-endian: the clips' embeddings, summed. */
  sum: Base64,
  /** In the order that they were enrolled. */
  clips: z.array(Clip).max(MOST_CLIPS),
});

/** A recording of the speaker whose line stands before it. */
export const AudioLine = z.strictObject({
  kind: z.literal("audio"),
  speaker: OwnName,
  audioSha256: Sha256,
  data: Base64,
});

export const GroupLine = z.strictObject({
  kind: z.literal("group"),
  id: OwnName,
  name: text(256).nullable(),
  members: z.array(OwnName),
  createdAt: Time,
  updatedAt: Time,
});

export const EndLine = z.strictObject({
  kind: z.literal("end"),
  ...counts,
  recordings: count,
  exportedAt: Time,
});

export const Line = z.discriminatedUnion("kind", [
  HeaderLine,
  RegistryLine,
  CohortLine,
  CalibrationLine,
  ActiveLine,
  SpeakerLine,
  AudioLine,
  GroupLine,
  EndLine,
]);
export type Line = z.infer<typeof Line>;
export type HeaderLine = z.infer<typeof HeaderLine>;
export type RegistryLine = z.infer<typeof RegistryLine>;
export type CohortLine = z.infer<typeof CohortLine>;
export type CalibrationLine = z.infer<typeof CalibrationLine>;
export type ActiveLine = z.infer<typeof ActiveLine>;
export type SpeakerLine = z.infer<typeof SpeakerLine>;
export type AudioLine = z.infer<typeof AudioLine>;
export type GroupLine = z.infer<typeof GroupLine>;
export type EndLine = z.infer<typeof EndLine>;
export type LineCounts = Omit<EndLine, "exportedAt" | "kind">;

export const noLines = (): LineCounts => ({
  cohorts: 0,
  calibrations: 0,
  speakers: 0,
  clips: 0,
  groups: 0,
  recordings: 0,
});

export function countLine(counted: LineCounts, line: Line): void {
  if (line.kind === "speaker") counted.clips += line.clips.length;
  const many = KINDS[line.kind as keyof typeof KINDS];
  if (many) counted[many] += 1;
}

const KINDS = {
  cohort: "cohorts",
  calibration: "calibrations",
  speaker: "speakers",
  group: "groups",
  audio: "recordings",
} as const;

/** JSON Schema (draft 2020-12) of one line with its seal. */
export function lineSchema(): object {
  const sealed = Line.options.map((option) => option.extend({ line: z.int().positive(), sha256: Sha256 }));
  const schema = z.toJSONSchema(z.discriminatedUnion("kind", sealed as never));
  return { title: `${FORMAT} ${FORMAT_VERSION}: one line`, ...schema };
}
