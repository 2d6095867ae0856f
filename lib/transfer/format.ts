import * as z from "zod";
import { BANDWIDTHS } from "../audio/types.ts";
import { MAX_CLIPS } from "../domain/enrollment/checks.ts";
import { MAX_CONSENTS } from "../domain/speaker/consent.ts";
import { CandidateLine } from "./candidate-line.ts";
import { ConsentPart } from "./consent-format.ts";
import {
  Base64,
  CalibrationName,
  CohortName,
  count,
  ModelName,
  OwnName,
  Sha256,
  Time,
  text,
  Uid,
} from "./fields.ts";
import { RegistryLine } from "./registry-format.ts";
import { ActiveLine, CalibrationLine, CohortLine } from "./settings-format.ts";

/*
 * The lines of an export, one JSON object each; docs/export-format.md explains them. Every line
 * ends with `line`, its number from 1, and `sha256`, its seal (sealed-lines.ts). A field that is
 * not set is null, so no field is ever missing.
 */
export const FORMAT = "voiceroll-registry";
export const FORMAT_VERSION = 1;

const counts = {
  ...{ cohorts: count, calibrations: count, speakers: count, clips: count, groups: count },
  /** Missing in files of earlier versions. */
  candidates: count.default(0),
};

export const HeaderLine = z.strictObject({
  kind: z.literal("header"),
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  /** What the exporting service ran. `id` holds the sha256 of the ONNX file. */
  model: z.strictObject({ id: ModelName, name: text(100), dimension: z.int().positive() }),
  /** The active cohort and calibration, bundled or the registry's own. */
  scoredBy: z.strictObject({ cohort: CohortName, calibration: CalibrationName }),
  /** True if the file includes the recordings. */
  audio: z.boolean(),
  /** Counted when the export started; the last line counts what was written. */
  counts: z.strictObject(counts),
});

const Clip = z.strictObject({
  /** sha256 of the recording, or of the embedding if the clip was enrolled without a recording. */
  audioSha256: Sha256,
  /** [D] Int32 at scale 2^28, little-endian. */
  embedding: Base64,
  quality: z.strictObject({
    totalSeconds: z.number().min(0),
    speechSeconds: z.number().positive(),
    /** Null, or missing in a file of an older version, if it was not measured. */
    levelDb: z.number().nullish(),
    snrDb: z.number().nullable(),
    clippedFraction: z.number().min(0).max(1),
    bandwidth: z.enum(BANDWIDTHS),
  }),
  /** The bandwidth in the speaker's clip list; null for clips enrolled before the list had it. */
  listedBandwidth: z.enum(BANDWIDTHS).nullable(),
  warnings: z.array(text(100)).max(20),
  mediaType: text(200).nullable(),
  channel: z.int().min(0).max(63).nullable(),
  createdAt: Time,
  /**
   * By which copies of the recording are recognized. Absent for clips that have none, as in files
   * from before this field existed.
   */
  fingerprint: Base64.optional(),
});

export const SpeakerLine = z.strictObject({
  kind: z.literal("speaker"),
  id: OwnName,
  uid: Uid,
  name: text(256).nullable(),
  metadata: z.record(text(64), text(1024)),
  consent: text(256).nullable(),
  /** Absent in lines of earlier versions, and if there are none. */
  consents: z.array(ConsentPart).max(MAX_CONSENTS).readonly().optional(),
  optedOut: z.boolean(),
  model: ModelName,
  createdAt: Time,
  updatedAt: Time,
  /** Absent in lines of earlier versions, and if there is none. */
  enrolledAt: Time.optional(),
  expiresAt: Time.optional(),
  /** Sum of the clips' embeddings: [D] float64, little-endian. */
  sum: Base64,
  /** In enrollment order. */
  clips: z.array(Clip).max(MAX_CLIPS),
});

/** A recording of the speaker on the closest earlier speaker line. */
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
  CandidateLine,
  EndLine,
]);
export type Line = z.infer<typeof Line>;
export type HeaderLine = z.infer<typeof HeaderLine>;
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
  candidates: 0,
  recordings: 0,
});

export function countLine(counted: LineCounts, line: Line): void {
  if (line.kind === "cohort") counted.cohorts += 1;
  if (line.kind === "calibration") counted.calibrations += 1;
  if (line.kind === "group") counted.groups += 1;
  if (line.kind === "candidate") counted.candidates += 1;
  if (line.kind === "audio") counted.recordings += 1;
  if (line.kind !== "speaker") return;
  counted.speakers += 1;
  counted.clips += line.clips.length;
}

/** JSON Schema (draft 2020-12) of one sealed line. */
export function lineSchema(): object {
  const sealed = Line.options.map((option) => option.extend({ line: z.int().positive(), sha256: Sha256 }));
  const schema = z.toJSONSchema(z.discriminatedUnion("kind", sealed as never));
  return { title: `${FORMAT} ${FORMAT_VERSION}: one line`, ...schema };
}
