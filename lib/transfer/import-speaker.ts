import { untilCommitted } from "../domain/commit.ts";
import { activeCohort } from "../domain/scoring/setup.ts";
import { joinedConsents } from "../domain/speaker/consent.ts";
import { evidenceOf, withoutRecording } from "../domain/speaker/evidence.ts";
import { clipIdOf, dropClip, keepsAudio } from "../domain/speaker/stored-clip.ts";
import { withVoiceprint } from "../domain/speaker/voiceprint.ts";
import { AppError } from "../error.ts";
import type { SpeakerUid } from "../id.ts";
import type { ListedClip, RecordingId, Speaker } from "../ports/speaker.ts";
import { fromBase64 } from "./bytes.ts";
import { compareWithStored, idOf, type SpeakerTarget } from "./compare-speaker.ts";
import type { AudioLine, SpeakerLine } from "./format.ts";
import type { Target } from "./import-settings.ts";
import { type ImportNeeds, isWritten, type LineOutcome } from "./outcome.ts";
import { speakerOfLine } from "./speaker-line.ts";
/** Stores each recording before the one write that lists the clips. */
export type SpeakerImport = {
  add(line: AudioLine): Promise<void>;
  finish(): Promise<LineOutcome>;
};

/**
 * Starts the import of one speaker. `add` stores a recording; `finish` writes the speaker with its
 * clips atomically, and compares again if the stored speaker changed in between.
 */
export async function importSpeaker(
  services: ImportNeeds,
  target: SpeakerTarget,
  line: SpeakerLine,
): Promise<SpeakerImport> {
  const { outcome, existing } = await compareWithStored(services, target, line);
  const uid = existing?.uid ?? (line.uid as SpeakerUid);
  const added: Added = new Map();
  const writes = !target.dryRun && isWritten(outcome);
  return {
    async add({ audioSha256, data }) {
      if (!writes || !target.audio) return;
      const bytes = fromBase64(data) ?? new Uint8Array();
      for (const id of recordingIds(line, uid, audioSha256))
        if (!added.has(id)) added.set(id, await services.clips.put(target.registryId, uid, id, bytes));
    },
    async finish() {
      if (!writes) return outcome;
      try {
        return await untilCommitted(services, () => commit(services, target, line, { uid, added }));
      } finally {
        await dropUnlisted(services, target, line, { uid, added });
      }
    },
  };
}

/** The clips and the consents of the line that have this recording. */
const recordingIds = (line: SpeakerLine, uid: SpeakerUid, sha256: string): RecordingId[] => [
  ...(line.clips.some(({ audioSha256 }) => audioSha256 === sha256) ? [clipIdOf(uid, sha256)] : []),
  ...evidenceOf({ consents: line.consents?.filter(({ evidence }) => evidence?.sha256 === sha256) }),
];

/** The recordings stored by this import, with their versions. */
type Added = Map<RecordingId, string | undefined>;
type Work = { uid: SpeakerUid; added: Readonly<Added> };

async function commit(
  services: ImportNeeds,
  target: SpeakerTarget,
  line: SpeakerLine,
  { uid, added }: Work,
): Promise<LineOutcome> {
  const { outcome, existing } = await compareWithStored(services, target, line);
  if (!isWritten(outcome)) return outcome;
  if (existing && existing.uid !== uid)
    throw new AppError(
      "version-mismatch",
      `${line.id} was erased and enrolled again during the import; import the file again.`,
    );
  const { speaker, items } = speakerOfLine(target.registryId, line, uid);
  const versions = new Map<RecordingId, string | undefined>([
    ...(existing ? await storedVersions(services, existing) : []),
    ...added,
  ]);
  const pinned = items.map((item) => ({ ...item, audioVersion: versions.get(item.clipId) }));
  const kept = new Set(existing?.clips.filter(keepsAudio).map(({ clipId }) => clipId));
  const clips = speaker.clips.map(
    (clip): ListedClip =>
      added.has(clip.clipId) || kept.has(clip.clipId) ? clip : { ...clip, audioKept: false },
  );
  const isStored = new Set<RecordingId>([...added.keys(), ...(existing ? evidenceOf(existing) : [])]);
  const consents = joinedConsents(
    existing?.consents,
    speaker.consents?.map((consent) =>
      isStored.has(consent.consentId) ? consent : withoutRecording(consent),
    ),
  );
  const next = {
    ...speaker,
    ...(consents ? { consents } : {}),
    version: (existing?.version ?? 0) + 1,
  };
  await services.speakers.putWithClips(await withStatistics(services, next, clips), pinned);
  if (existing) await dropReplaced(services, existing, clips);
  return outcome;
}

/** A clip that was already stored keeps its recording. */
const storedVersions = async ({ speakers }: ImportNeeds, { registryId, uid }: Speaker) =>
  (await speakers.clips(registryId, uid)).map((item) => [item.clipId, item.audioVersion] as const);

/** Adds statistics if the running model made the voiceprint. */
async function withStatistics(
  services: ImportNeeds,
  speaker: Speaker,
  clips: readonly ListedClip[],
): Promise<Speaker> {
  const cohort = await activeCohort(services, speaker.registryId);
  if (speaker.modelId !== cohort.modelId) return { ...speaker, clips };
  return withVoiceprint(speaker, { sum: speaker.sum, clips }, cohort);
}

async function dropReplaced(
  services: ImportNeeds,
  before: Speaker,
  clips: readonly ListedClip[],
): Promise<void> {
  const { registryId, uid } = before;
  const listed = new Set(clips.map(({ clipId }) => clipId));
  for (const { clipId } of before.clips)
    if (!listed.has(clipId)) await dropClip(services, { registryId, uid, clipId });
  if (clips.length === 0) await services.cohorts.forget(registryId, uid);
}

/** Removes the recordings of this import that the stored speaker does not list. */
async function dropUnlisted(
  services: ImportNeeds,
  { registryId }: Target,
  line: SpeakerLine,
  { uid, added }: Work,
): Promise<void> {
  if (added.size === 0) return;
  const now = await services.speakers.get(registryId, idOf(line));
  const listed = new Set<RecordingId>(
    now?.uid === uid ? [...now.clips.filter(keepsAudio).map(({ clipId }) => clipId), ...evidenceOf(now)] : [],
  );
  const unlisted = [...added.keys()].filter((id) => !listed.has(id));
  await Promise.allSettled(unlisted.map((id) => services.clips.remove(registryId, uid, id)));
}
