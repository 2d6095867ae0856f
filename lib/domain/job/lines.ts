import type { Piece } from "../../audio/types.ts";
import type { ClipId, SpeakerId, UploadId } from "../../id.ts";
import type { ExistingSpeaker } from "../../ports/job.ts";
import type { Scope } from "../../ports/registry.ts";
import type { Failure } from "../../ports/upload.ts";
import { inSlices } from "../../slices.ts";
import type { ListedTrial } from "../calibration/listed-trials.ts";
import type { FitClip } from "../cohort/clips.ts";
import type { EnrollDetails } from "../enrollment/records.ts";

/** Where a line's audio comes from. */
export type LineAudio = (
  | { base64: string; mediaType?: string | undefined }
  | { upload: UploadId }
  | { uri: string; mediaType?: string | undefined }
  | { clip: ClipId; speaker: SpeakerId }
) & {
  /** Precedes the line's channel, and the one that was enrolled. */
  channel?: number | undefined;
  /** Undefined: the whole recording. */
  piece?: Piece | undefined;
};

export type EnrollmentLine = EnrollDetails & {
  speakerId: SpeakerId;
  /** 1 to 10 clips. */
  audio: readonly LineAudio[];
  force?: boolean | undefined;
  channel?: number | undefined;
};

/** A request of a Voice ID manifest. */
export type LineRequest = { id: string; existing: ExistingSpeaker };

/** A parsed line of a batch: an enrollment, or what is wrong with the line. */
export type ManifestLine = (EnrollmentLine | { problem: Failure }) & { request?: LineRequest | undefined };

/** The scopes that a line needs besides its job's, like the request that it replaces. */
export function scopesOf(line: ManifestLine): readonly Scope[] {
  if ("problem" in line) return [];
  const usesClips = line.audio.some((source) => "clip" in source);
  return [
    ...(line.force ? (["speakers:force"] as const) : []),
    ...(usesClips ? (["clips:read"] as const) : []),
  ];
}

/** A trial of a calibration, or why it can't be used anymore. */
export type TrialLine = ListedTrial | { problem: Failure };

/** A clip of a cohort. */
export type CohortLine = {
  voice?: string | undefined;
  language?: string | undefined;
  /** Once the clip is embedded, only an upload or an enrolled clip is still named. */
  audio?: LineAudio | undefined;
  /** Once the clip is embedded: what its row is computed from, or why it can't be used. */
  fit?: FitLine | undefined;
  unfit?: string | undefined;
};

/** embedding: base64 of [D] float32, little-endian */
export type FitLine = Pick<FitClip, "audioSha256" | "quality"> & { embedding: string };

/** JSON Lines; lets other work run in between. */
export const encodeManifest = async (lines: readonly object[]): Promise<Uint8Array> =>
  new TextEncoder().encode((await inSlices(lines, (line) => JSON.stringify(line))).join("\n"));

/** Parses a manifest that `encodeManifest` made of such lines. */
export const decodeManifest = <Line extends object>(bytes: Uint8Array): Line[] =>
  new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
