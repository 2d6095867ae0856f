import type { ClipInput } from "../../audio/types.ts";
import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { readRegistry } from "../registry/registry.ts";
import { storedRecording } from "../speaker/recording.ts";
import { clipFrom } from "../upload/clip.ts";
import { type HeldUpload, holdUpload } from "../upload/use.ts";
import type { LineAudio } from "./lines.ts";

/**
 * Returns the audio of a line.
 *
 * holder  reserves an upload, which is added to `held`
 */
export async function lineRecording(
  services: Pick<
    Services,
    "clips" | "clock" | "embedder" | "random" | "registries" | "speakers" | "uploadFiles" | "uploads"
  >,
  registryId: RegistryId,
  source: LineAudio,
  { holder, held }: { holder: string; held: HeldUpload[] },
): Promise<ClipInput> {
  const { channel } = source;
  if ("base64" in source)
    return {
      bytes: new Uint8Array(Buffer.from(source.base64, "base64")),
      mediaType: source.mediaType,
      channel,
    };
  if ("clip" in source) {
    const registry = await readRegistry(services, registryId);
    return storedRecording(services, { registry, speakerId: source.speaker, clipId: source.clip, channel });
  }
  const upload = await holdUpload(services, { registryId, uploadId: source.upload, holder });
  held.push(upload);
  return clipFrom(services, upload.file, { mediaType: upload.upload.mediaType, channel });
}
