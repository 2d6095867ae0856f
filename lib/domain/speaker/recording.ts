import { sniff } from "../../audio/formats/sniff.ts";
import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { liveSpeaker, type SpeakerInput } from "./speaker.ts";
import { isRecording, keepsAudio, readAudio } from "./stored-clip.ts";

/**
 * The recording of a clip that the speaker lists. Throws `clip-not-found` without one.
 *
 * channel  precedes the one that was enrolled
 */
export async function storedRecording(
  services: Pick<Services, "clips" | "clock" | "speakers">,
  input: SpeakerInput & { clipId: string; channel?: number | undefined },
): Promise<ClipInput> {
  const { registryId, uid, clips } = await liveSpeaker(services, input);
  const listed = clips.find((one) => one.clipId === input.clipId && keepsAudio(one));
  const item = listed && (await services.speakers.getClip(registryId, uid, listed.clipId));
  const bytes = item && (await readAudio(services, item));
  if (!bytes)
    throw new AppError(
      "clip-not-found",
      `${input.speakerId} has no clip ${input.clipId} with a stored recording. ` +
        "`GET /speakers/{id}/clips` shows which recordings are stored.",
    );
  if (!isRecording(bytes, listed.audioSha256))
    throw new RangeError(`the audio of ${listed.clipId} is not what was enrolled; run voiceroll fsck`);
  return { bytes, mediaType: item.mediaType, channel: input.channel ?? item.channel, enrolledFor: uid };
}

/** What any program plays or at least saves. */
const ANY_TYPE = "application/octet-stream";

export type RecordingFile = { bytes: Uint8Array; mediaType: string; name: string };

/** A stored recording as a file, byte for byte. Throws `clip-not-found` without one. */
export async function recordingFile(
  services: Parameters<typeof storedRecording>[0],
  input: SpeakerInput & { clipId: ClipId },
): Promise<RecordingFile> {
  return downloadOf((await storedRecording(services, input)).bytes, input.clipId);
}

export function downloadOf(bytes: Uint8Array, name: string): RecordingFile {
  const found = sniff(bytes);
  const format = found.kind === "supported" ? found.format : undefined;
  return {
    bytes,
    mediaType: format?.mediaTypes[0] ?? ANY_TYPE,
    name: `${name}${format?.extensions[0] ?? ""}`,
  };
}
