import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { SpeakerId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { EnrollReply } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { type EventNeeds, type RegistryEvent, withEvents } from "../event/outgoing.ts";
import { futureTime } from "../expiry.ts";
import { invalid } from "../invalid.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { hasOptedOut, refuseOptedOutId } from "../speaker/id-hash.ts";
import { newSpeaker } from "../speaker/new-speaker.ts";
import { clipView, speakerView, statusOf } from "../speaker/speaker-view.ts";
import { dropClip, keepClip, storeClip } from "../speaker/stored-clip.ts";
import { refuseSpeaker, refuseUnfit } from "./checks.ts";
import { embedClips } from "./clips.ts";
import { enrolledEarlier } from "./earlier-attempt.ts";
import { type ClipToStore, clipItem, type EnrollDetails, withNewClips } from "./records.ts";
import { similarSpeakers } from "./similar-speakers.ts";

export type EnrollInput = {
  registry: Registry;
  speakerId: SpeakerId;
  /** 1 to 10 clips; either all of them are enrolled or none. */
  clips: readonly ClipInput[];
  /** Accept clips that don't sound like the speaker's other clips. */
  force?: boolean | undefined;
  /** Undefined for an enrollment without an idempotency key. */
  attempt?: RequestAttempt | undefined;
} & EnrollDetails;

export type EnrollNeeds = EventNeeds &
  Pick<
    Services,
    | "active"
    | "calibrations"
    | "clips"
    | "clock"
    | "cohorts"
    | "embedder"
    | "gallery"
    | "optOuts"
    | "random"
    | "formerSecrets"
    | "secret"
    | "speakers"
  >;
type EnrolledClip = { clip: ClipToStore; item: Clip };
/** Clips of this enrollment that are stored, but not listed by the speaker yet. */
type Unlisted = Map<string, Clip>;

/**
 * Adds clips to a speaker; creates the speaker if it does not exist. Stores the recordings unless
 * the registry or the request says otherwise.
 */
export async function enroll(services: EnrollNeeds, input: EnrollInput): Promise<EnrollReply> {
  const { registry, speakerId } = input;
  const { registryId, settings } = registry;
  const keepAudio = mayKeepAudio(input);
  const expiresAt = input.expiresAt && futureTime(services, input.expiresAt);
  const before = await services.speakers.get(registryId, speakerId);
  if (!(await enrolledEarlier(services, input, before))) await refuse(services, input, before);
  const setup = await scoringSetup(services, registryId);
  const embedded = await embedClips(services, input.clips, registry);
  const clips = await Promise.all(
    embedded.map(async (clip) => {
      const similar = await similarSpeakers(services, setup, { registry, speakerId }, clip);
      return { ...clip, similar };
    }),
  );
  const { speaker, enrolled } = await commit(
    services,
    { ...input, keepAudio, expiresAt },
    { setup, clips, before },
  );
  return {
    created: speaker.version === 1,
    speaker: speakerView(speaker, settings, services.embedder.model),
    clips: enrolled.map(({ clip, item }) => ({
      ...clipView(item, { audioKept: keepAudio ? undefined : false }),
      similarSpeakers: clip.similar,
    })),
  };
}

/** A request may be stricter than the registry, but not the other way round. */
function mayKeepAudio({ registry, keepAudio }: EnrollInput): boolean {
  const registryKeeps = registry.settings.keepAudio !== false;
  if (keepAudio && !registryKeeps)
    throw invalid(
      "/keepAudio",
      "This registry doesn't store recordings. Leave out `keepAudio` or send false.",
    );
  return keepAudio ?? registryKeeps;
}

/** Clips that no write has listed are removed at the end. */
async function commit(
  services: EnrollNeeds,
  input: EnrollInput,
  work: { setup: ScoringSetup; clips: readonly ClipToStore[]; before: Speaker | undefined },
): Promise<{ speaker: Speaker; enrolled: readonly EnrolledClip[] }> {
  const { setup, clips } = work;
  const { registry, speakerId } = input;
  const { registryId } = registry;
  const fresh = newSpeaker(services, { registryId, speakerId });
  const unlisted: Unlisted = new Map();
  let lastRead = work.before;
  try {
    return await untilCommitted(services, async () => {
      const existing = await services.speakers.get(registryId, speakerId);
      if (lastRead && existing?.uid !== lastRead.uid)
        throw new AppError("speaker-not-found", `${speakerId} was erased during the enrollment.`);
      lastRead = existing;
      const earlier = await enrolledEarlier(services, input, existing);
      if (!earlier) await refuse(services, input, existing);
      const { speaker, items } =
        existing && earlier
          ? { speaker: existing, items: earlier }
          : await listClips(services, input, { setup, clips, before: existing ?? fresh }, unlisted);
      if (speaker.version === 1) await undoIfOptedOut(services, speaker);
      const enrolled = clips.flatMap((clip, i) => (items[i] ? [{ clip, item: items[i] }] : []));
      for (const { clip, item } of enrolled) {
        unlisted.delete(item.clipId);
        await keepClip(services, item, audioOf(input, clip));
      }
      return { speaker, enrolled };
    });
  } finally {
    // allSettled: a failing cleanup must not hide the first error. `voiceroll fsck` finds
    // leftovers.
    await Promise.allSettled([...unlisted.values()].map((item) => dropClip(services, item)));
  }
}

/** Stores the clips first, then lists them in one conditional write. */
async function listClips(
  services: EnrollNeeds,
  input: EnrollInput,
  work: { setup: ScoringSetup; clips: readonly ClipToStore[]; before: Speaker },
  unlisted: Unlisted,
): Promise<{ speaker: Speaker; items: readonly Clip[] }> {
  const { setup, clips, before } = work;
  await refuseUnfit(services, setup, before, clips, input.force);
  const items: Clip[] = [];
  for (const clip of clips) {
    const item = clipItem(services, before, clip, input.attempt?.mark);
    items.push(item);
    if (unlisted.has(item.clipId)) continue;
    unlisted.set(item.clipId, item);
    await storeClip(services, item, audioOf(input, clip));
  }
  const speaker = withNewClips(services, input, before, items, setup.cohort);
  const events = enrolledEvents(services, input, before, speaker);
  await withEvents(services, speaker.registryId, events, (outgoing) =>
    services.speakers.put(speaker, outgoing),
  );
  return { speaker, items };
}

/** A speaker that has enough speech from now on. */
function enrolledEvents(
  { embedder }: EnrollNeeds,
  { registry: { settings } }: EnrollInput,
  before: Speaker,
  after: Speaker,
): RegistryEvent[] {
  const isEnrolled = (speaker: Speaker) => statusOf(speaker, settings, embedder.model) === "enrolled";
  if (isEnrolled(before) || !isEnrolled(after)) return [];
  return [{ type: "speaker.enrolled", data: { uid: after.uid, clips: after.clips.length } }];
}

const audioOf = ({ keepAudio }: EnrollInput, { input: { bytes } }: ClipToStore) =>
  keepAudio ? bytes : undefined;

async function refuse(services: EnrollNeeds, input: EnrollInput, speaker: Speaker | undefined) {
  const { registry, speakerId } = input;
  refuseSpeaker(services, input, registry, speaker);
  if (!speaker) await refuseOptedOutId(services, { registryId: registry.registryId, speakerId });
}

/** The person may have opted out and been erased between the check and the commit. */
async function undoIfOptedOut(services: EnrollNeeds, { registryId, speakerId }: Speaker): Promise<void> {
  if (!(await hasOptedOut(services, { registryId, speakerId }))) return;
  await services.speakers.remove(registryId, speakerId);
  await refuseOptedOutId(services, { registryId, speakerId });
}
