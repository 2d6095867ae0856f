import * as z from "zod";

/** docs/export-format.md describes it. What an exporter of other makes leaves out gets the value given here. */
export const FORMAT = "voiceroll-registry";
export const FORMAT_VERSION = 1;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Model = z.string().regex(/^mdl_[0-9a-f]{64}$/, "is no model's id (mdl_ and 64 hexadecimal digits)");
const Time = z.iso.datetime();
const count = z.int().min(0);
const Base64 = z.base64();

export const HeaderLine = z.strictObject({
  kind: z.literal("header"),
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION, "is a version that this program does not know"),
  model: z.strictObject({ id: Model, name: z.string().max(100), dimension: z.int().positive() }),
  registry: z.strictObject({ id: z.string().max(100), name: z.string().max(256) }),
  /** Recordings stand beside the embeddings. */
  audio: z.boolean(),
  exportedAt: Time,
});

const Quality = z.strictObject({
  totalSeconds: z.number().min(0).optional(),
  speechSeconds: z.number().positive().max(3600),
  snrDb: z.number().nullable().default(null),
  clippedFraction: z.number().min(0).max(1).default(0),
  bandwidth: z.enum(["wide", "telephone"]),
});

const ClipPart = z.strictObject({
  /** [D] Int32 at scale 2^28, little-endian, of a vector of length 1. */
  embedding: Base64,
  /** Of the recording; absent where there was none: of the embedding's bytes. */
  audioSha256: Sha256.optional(),
  quality: Quality,
  warnings: z.array(z.string().max(100)).max(20).default([]),
  mediaType: z.string().max(100).nullable().default(null),
  channel: z.int().min(0).max(63).nullable().default(null),
  createdAt: Time.optional(),
  /** The recording's bytes. */
  audio: Base64.nullable().default(null),
});

export const SpeakerLine = z.strictObject({
  kind: z.literal("speaker"),
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "is no speaker's id"),
  uid: z
    .string()
    .regex(/^spk_[0-9a-z]{1,64}$/)
    .optional(),
  name: z.string().max(256).nullable().default(null),
  metadata: z.record(z.string().max(64), z.string().max(1024)).default({}),
  consent: z.string().max(256).nullable().default(null),
  optedOut: z.boolean().default(false),
  model: Model,
  createdAt: Time.optional(),
  updatedAt: Time.optional(),
  clips: z.array(ClipPart).max(50),
});

export const GroupLine = z.strictObject({
  kind: z.literal("group"),
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "is no group's id"),
  name: z.string().max(256).nullable().default(null),
  members: z.array(z.string().max(128)),
  createdAt: Time.optional(),
});

export const EndLine = z.strictObject({
  kind: z.literal("end"),
  speakers: count,
  clips: count,
  groups: count,
  /** Of all lines before (sealed-line.ts). */
  total: Sha256,
});

export const Line = z.discriminatedUnion("kind", [HeaderLine, SpeakerLine, GroupLine, EndLine]);
export type Line = z.infer<typeof Line>;
export type HeaderLine = z.infer<typeof HeaderLine>;
export type SpeakerLine = z.infer<typeof SpeakerLine>;
export type GroupLine = z.infer<typeof GroupLine>;
export type ClipPart = SpeakerLine["clips"][number];
