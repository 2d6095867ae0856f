import { makeId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { emptySum } from "./voiceprint.ts";

/** A speaker before the first write: version 0, no clips. */
export function newSpeaker(
  services: Pick<Services, "clock" | "embedder" | "random">,
  input: Pick<Speaker, "registryId" | "speakerId">,
): Speaker {
  const now = services.clock.now().toISOString();
  return {
    registryId: input.registryId,
    speakerId: input.speakerId,
    uid: makeId("spk", services.random.bytes(16)),
    optedOut: false,
    name: undefined,
    metadata: {},
    consent: undefined,
    modelId: services.embedder.model.modelId,
    sum: emptySum(services.embedder.model.dimension),
    clips: [],
    stats: undefined,
    version: 0,
    createdAt: now,
    updatedAt: now,
  };
}
