import type { ClipInput } from "../../audio/types.ts";
import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { readRegistry } from "../registry/registry.ts";
import { storedRecording } from "../speaker/recording.ts";
import { clipFrom } from "../upload/clip.ts";
import { fileAt } from "../upload/uri-file.ts";
import { forget, type HeldUpload, holdUpload } from "../upload/use.ts";
import type { LineAudio } from "./lines.ts";

/**
 * Returns the audio of a line.
 *
 * holder   reserves an upload, which is added to `held`
 * channel  the line's, for recordings without one of their own
 */
export async function lineRecording(
  services: Pick<
    Services,
    | "clips"
    | "clock"
    | "embedder"
    | "random"
    | "registries"
    | "speakers"
    | "uploadFiles"
    | "uploads"
    | "uriFiles"
  >,
  registryId: RegistryId,
  source: LineAudio,
  {
    holder,
    held,
    channel: lineChannel,
  }: { holder: string; held: HeldUpload[]; channel?: number | undefined },
): Promise<ClipInput> {
  const { piece } = source;
  const channel = source.channel ?? lineChannel;
  if ("base64" in source) {
    const bytes = new Uint8Array(Buffer.from(source.base64, "base64"));
    return clipFrom(services, { bytes }, { mediaType: source.mediaType, channel, piece });
  }
  if ("clip" in source) {
    const registry = await readRegistry(services, registryId);
    const { speaker: speakerId, clip: clipId } = source;
    const own = { registry, speakerId, clipId, channel: source.channel };
    const stored = await storedRecording(services, own);
    const selected = { mediaType: stored.mediaType, channel: stored.channel ?? lineChannel, piece };
    return { ...(await clipFrom(services, stored, selected)), enrolledFor: stored.enrolledFor };
  }
  if ("uri" in source) {
    const file = await fileAt(services, source.uri);
    return clipFrom(services, file, { mediaType: source.mediaType, channel, piece }).finally(() =>
      forget(file),
    );
  }
  const upload = await holdUpload(services, { registryId, uploadId: source.upload, holder });
  held.push({ ...upload, inPart: piece !== undefined });
  return clipFrom(services, upload.file, { mediaType: upload.upload.mediaType, channel, piece });
}
