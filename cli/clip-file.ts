import { access, constants, stat } from "node:fs/promises";
import type { ClipInput, Piece, Recording } from "../lib/audio/types.ts";
import { MAX_WHOLE_BYTES } from "../lib/domain/upload/upload.ts";
import { badInput, fileErrorReason, labelAudioErrors, readInput } from "../lib/input-file.ts";
import type { Embedder } from "../lib/ports/model.ts";

export async function readClip(path: string, channel: number | undefined): Promise<ClipInput> {
  return { bytes: await readInput(path), channel };
}

/** Which channel and part of a file the options select. */
export type Selected = {
  channel?: number;
  segment?: { start: number; end: number };
  firstSpeechSeconds?: number;
};
type RecordingFile = { path: string; recording: Recording; piece: Piece | undefined };

/** Reads a file, unless it is long: then only checks that it can be read. */
export async function readRecording(path: string, selected: Selected): Promise<RecordingFile> {
  const { channel, segment, firstSpeechSeconds } = selected;
  const first = firstSpeechSeconds === undefined ? undefined : { firstSpeechSeconds };
  const piece = segment ? { segment } : first;
  const found = await stat(path).catch(() => undefined);
  if (!piece && (found?.size ?? 0) <= MAX_WHOLE_BYTES)
    return { path, recording: await readClip(path, channel), piece };
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw badInput(`Cannot read ${path}: ${fileErrorReason(error)}.`);
  });
  return { path, recording: { path, channel }, piece };
}

/** Returns the clip: the whole file, or the selected part of it. */
export async function clipOf(
  { cut }: Pick<Embedder, "cut">,
  { path, recording, piece }: RecordingFile,
): Promise<ClipInput> {
  return "bytes" in recording && !piece ? recording : labelAudioErrors(path, () => cut(recording, piece));
}

/** Wraps an embedder so that an audio error starts with the name of the clip's file. */
export function labelClipErrors(
  { embed, ...others }: Embedder,
  names: ReadonlyMap<ClipInput, string>,
): Embedder {
  const labeled: Embedder["embed"] = (clip, options) =>
    labelAudioErrors(names.get(clip) ?? "clip", () => embed(clip, options));
  return { ...others, embed: labeled };
}
