import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { SpeakerId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { EnrollReply } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { newSpeaker } from "../speaker/new-speaker.ts";
import { clipView, speakerView } from "../speaker/speaker-view.ts";
import { dropClip, keepClip, storeClip } from "../speaker/stored-clip.ts";
import { refuseSpeaker, refuseUnfit } from "./checks.ts";
import { type EnrollClip, embedClips } from "./clips.ts";
import { clipItems, type EnrollDetails, grown } from "./records.ts";
import { type SimilarSpeaker, similarSpeakers } from "./similar-speakers.ts";

export type EnrollInput = {
  registry: Registry;
  speakerId: SpeakerId;
  /** 1..10; all of them are enrolled or none. */
  clips: readonly ClipInput[];
  /** Take a clip that is unlike the speaker's others. */
  force?: boolean | undefined;
} & EnrollDetails;

export type EnrollNeeds = Pick<
  Services,
  "active" | "calibrations" | "clips" | "clock" | "cohorts" | "embedder" | "gallery" | "random" | "speakers"
>;
type EmbeddedClips = { clips: readonly EnrollClip[]; similar: readonly SimilarSpeaker[][] };

/** Adds clips to a speaker, who is made where there is none. */
export async function enroll(services: EnrollNeeds, input: EnrollInput): Promise<EnrollReply> {
  const { registry, speakerId } = input;
  const { registryId, settings } = registry;
  const seen = await services.speakers.get(registryId, speakerId);
  refuseSpeaker(services, input, registry, seen);
  const setup = await scoringSetup(services, registryId);
  const clips = await embedClips(services, input.clips, registry, setup);
  const similar = await similarSpeakers(services, setup, { registryId, speakerId }, clips);
  const done = await commit(services, input, { setup, embedded: { clips, similar }, seen });
  return {
    created: done.speaker.version === 1,
    speaker: speakerView(done.speaker, settings, services.embedder.model),
    clips: done.items.map((item, i) => ({ ...clipView(item, {}), similarSpeakers: similar[i] })),
  };
}

/**
 * The clips first, then one conditional write that lists them; what a lost race left behind is
 * taken out.
 */
async function commit(
  services: EnrollNeeds,
  input: EnrollInput,
  work: { setup: ScoringSetup; embedded: EmbeddedClips; seen: Speaker | undefined },
): Promise<{ speaker: Speaker; items: readonly Clip[] }> {
  const { clips, similar } = work.embedded;
  const { registry, speakerId } = input;
  const { registryId } = registry;
  const fresh = newSpeaker(services, { registryId, speakerId });
  const unlisted = new Map<string, Clip>();
  let { seen } = work;
  try {
    return await untilCommitted(services, async () => {
      const existing = await services.speakers.get(registryId, speakerId);
      if (seen && existing?.uid !== seen.uid)
        throw new AppError("speaker-not-found", `${speakerId} was erased meanwhile.`);
      seen = existing;
      refuseSpeaker(services, input, registry, existing);
      const before = existing ?? fresh;
      await refuseUnfit(services, work.setup, before, clips, input.force);
      const items = clipItems(services, before, clips, similar);
      const bytesOf = (item: Clip) => clips[items.indexOf(item)].input.bytes;
      for (const item of items.filter((one) => !unlisted.has(one.clipId))) {
        unlisted.set(item.clipId, item);
        await storeClip(services, item, bytesOf(item));
      }
      const speaker = grown(services, input, before, items, work.setup.cohort);
      await services.speakers.put(speaker);
      for (const item of items) {
        unlisted.delete(item.clipId);
        await keepClip(services, item, bytesOf(item));
      }
      return { speaker, items };
    });
  } finally {
    // Settled: a failing clean-up must not hide what failed before; `voiceroll fsck` finds what it
    // leaves.
    await Promise.allSettled([...unlisted.values()].map((item) => dropClip(services, item)));
  }
}
