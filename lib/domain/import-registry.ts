import { createHash } from "node:crypto";
import { makeId, parseGroupId, parseSpeakerId, type RegistryId, type SpeakerUid } from "../id.ts";
import type { Clip, ListedClip, Registry, Services, Speaker } from "../ports.ts";
import { decodeInt32 } from "../score/codec.ts";
import { addFixed } from "../score/fixed-point.ts";
import type { Cohort } from "../score/types.ts";
import { audioHashOf, checkedLines } from "./check-export.ts";
import { untilCommitted } from "./commit.ts";
import type { ClipPart, GroupLine, HeaderLine, SpeakerLine } from "./export-format.ts";
import { readRegistry } from "./registry.ts";
import { clipIdOf, dropClip } from "./stored-clip.ts";
import { emptySum, withVoiceprint } from "./voiceprint.ts";
import { activeCohort } from "./yardstick.ts";

type Needs = Pick<
  Services,
  "active" | "clips" | "clock" | "cohorts" | "embedder" | "groups" | "random" | "registries" | "speakers"
>;

/** Why a line was left: what stands here under its id is somebody or something else, or must not be made. */
export type LeftLine = { line: number; id: string; why: "consent-required" | "differs" | "opted-out" };

export type Imported = {
  imported: number;
  /** Were here already, the same. */
  unchanged: number;
  clips: number;
  groups: number;
  left: readonly LeftLine[];
};

/**
 * Takes an export in. The whole file is checked before anything is written; then each speaker is written in one piece, with
 * its clips. Nothing that stands is changed, so it may be broken off and run again: what is here by then stays.
 *
 * open  the lines from the beginning, without their ends; called twice
 * check only  `dryRun`: tells what would be done
 * throws what checkedLines throws
 */
export async function importRegistry(
  services: Needs,
  input: {
    registryId: RegistryId;
    open: () => AsyncIterable<string>;
    dryRun?: boolean | undefined;
    onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Imported> {
  const { registryId, open, dryRun = false, onProgress = () => undefined } = input;
  let total = 0;
  for await (const { line } of checkedLines(services, open())) if (line.kind === "speaker") total += 1;
  const registry = await readRegistry(services, registryId);
  const cohort = await activeCohort(services, registryId);
  const done = { imported: 0, unchanged: 0, clips: 0, groups: 0, left: [] as LeftLine[] };
  let header: HeaderLine | undefined;
  let seen = 0;
  for await (const { line, number } of checkedLines(services, open())) {
    if (line.kind === "header") header = line;
    if (line.kind === "group" && (await importGroup(services, registryId, line, dryRun))) done.groups += 1;
    if (line.kind !== "speaker" || !header) continue;
    const made = madeOf(services, registry, header, line);
    const state = await importSpeaker(services, registry, { ...made, cohort, dryRun });
    if (state === "imported") done.clips += line.clips.length;
    if (state === "imported" || state === "unchanged") done[state] += 1;
    else done.left.push({ line: number, id: line.id, why: state });
    onProgress(++seen, total);
  }
  return done;
}

type Made = { speaker: Speaker; items: readonly Clip[]; audio: readonly (Uint8Array | undefined)[] };

/** A speaker keeps its uid where it comes back to its own registry; elsewhere it gets one that follows from both. */
function madeOf(
  { clock, embedder }: Pick<Services, "clock" | "embedder">,
  { registryId }: Registry,
  header: HeaderLine,
  line: SpeakerLine,
): Made {
  const now = clock.now().toISOString();
  const speakerId = parseSpeakerId(line.id);
  if (!speakerId) throw new RangeError(`${line.id} was checked`);
  const uid = uidOf(registryId, header, line);
  const { modelId, dimension } = embedder.model;
  const items = line.clips.map((clip) => itemOf({ registryId, speakerId, uid, modelId }, clip, now));
  const sum = items.reduce((all, { embedding }) => addFixed(all, embedding, 1), emptySum(dimension));
  const clips = items.map((item, i): ListedClip => {
    const { clipId, audioSha256, quality } = item;
    const { speechSeconds, bandwidth } = quality;
    const listed = { clipId, audioSha256, speechSeconds, bandwidth };
    return line.clips[i].audio === null ? { ...listed, audioKept: false } : listed;
  });
  const speaker: Speaker = {
    registryId,
    speakerId,
    uid,
    optedOut: line.optedOut,
    name: line.name ?? undefined,
    metadata: line.metadata,
    consent: line.consent ?? undefined,
    modelId,
    sum,
    clips,
    stats: undefined,
    version: 1,
    createdAt: line.createdAt ?? now,
    updatedAt: now,
  };
  const audio = line.clips.map((clip) =>
    clip.audio === null ? undefined : Buffer.from(clip.audio, "base64"),
  );
  return { speaker, items, audio };
}

function uidOf(registryId: RegistryId, { registry }: HeaderLine, { id, uid }: SpeakerLine): SpeakerUid {
  if (uid && registry.id === registryId) return uid as SpeakerUid;
  const hash = createHash("sha256").update(`${registryId}\n${registry.id}\n${uid ?? ""}\n${id}`);
  return makeId("spk", hash.digest().subarray(0, 16));
}

function itemOf(
  place: Pick<Clip, "modelId" | "registryId" | "speakerId" | "uid">,
  clip: ClipPart,
  now: string,
): Clip {
  const { quality, warnings, mediaType, channel, createdAt = now } = clip;
  const audioSha256 = audioHashOf(clip);
  return {
    ...place,
    clipId: clipIdOf(place.uid, audioSha256),
    audioSha256,
    embedding: decodeInt32(Buffer.from(clip.embedding, "base64")),
    quality: {
      ...quality,
      totalSeconds: quality.totalSeconds ?? quality.speechSeconds,
      snrDb: quality.snrDb ?? undefined,
    },
    warnings,
    mediaType: mediaType ?? undefined,
    channel: channel ?? undefined,
    createdAt,
  };
}

async function importSpeaker(
  services: Needs,
  { settings }: Registry,
  { speaker, items, audio, cohort, dryRun }: Made & { cohort: Cohort; dryRun: boolean },
): Promise<LeftLine["why"] | "imported" | "unchanged"> {
  const { registryId, speakerId, uid } = speaker;
  const written: Clip[] = [];
  try {
    return await untilCommitted(services, async () => {
      const standing = await services.speakers.get(registryId, speakerId);
      if (standing)
        return sameVoice(standing, speaker) ? "unchanged" : standing.optedOut ? "opted-out" : "differs";
      if (settings.consentRequired && !speaker.consent && !speaker.optedOut) return "consent-required";
      if (dryRun) return "imported";
      // Recordings first: what a crash leaves of them fsck finds; the rest is written in one piece or not at all.
      for (const [i, bytes] of audio.entries())
        if (bytes) await services.clips.put(registryId, uid, items[i].clipId, bytes);
      written.push(...items);
      const { sum, clips } = speaker;
      await services.speakers.putWithClips(withVoiceprint(speaker, { sum, clips }, cohort), items);
      written.length = 0;
      return "imported";
    });
  } finally {
    await Promise.allSettled(written.map((item) => dropClip(services, item)));
  }
}

/** Name, metadata and consent may have been changed here since: they stay. */
const sameVoice = (a: Speaker, b: Speaker): boolean =>
  a.uid === b.uid &&
  a.optedOut === b.optedOut &&
  a.modelId === b.modelId &&
  a.clips.length === b.clips.length &&
  a.sum.every((x, i) => Object.is(x, b.sum[i]));

/** A group that stands stays as it is; members who were left are no members. */
async function importGroup(
  services: Needs,
  registryId: RegistryId,
  line: GroupLine,
  dryRun: boolean,
): Promise<boolean> {
  const groupId = parseGroupId(line.id);
  if (!groupId) throw new RangeError(`${line.id} was checked`);
  if (await services.groups.get(registryId, groupId)) return false;
  const ids = line.members.flatMap((member) => parseSpeakerId(member) ?? []);
  const found = await Promise.all(ids.map((id) => services.speakers.get(registryId, id)));
  const now = services.clock.now().toISOString();
  const about = {
    name: line.name ?? undefined,
    version: 1,
    createdAt: line.createdAt ?? now,
    updatedAt: now,
  };
  if (!dryRun)
    await services.groups.put({ registryId, groupId, members: ids.filter((_, i) => found[i]), ...about });
  return true;
}
