import { isDeepStrictEqual } from "node:util";
import { untilCommitted } from "../domain/commit.ts";
import { activeCohort } from "../domain/scoring/setup.ts";
import { clipIdOf, dropClip } from "../domain/speaker/stored-clip.ts";
import { withVoiceprint } from "../domain/speaker/voiceprint.ts";
import { AppError } from "../error.ts";
import { type ClipId, parseSpeakerId, type SpeakerUid } from "../id.ts";
import type { ListedClip, Speaker } from "../ports/speaker.ts";
import { fromBase64 } from "./bytes.ts";
import type { AudioLine, SpeakerLine } from "./format.ts";
import type { Target } from "./import-settings.ts";
import { speakerOfLine, unboundedLlr } from "./speaker-line.ts";
import { differs, IMPORTED, type ImportNeeds, isWritten, UNCHANGED, type Verdict } from "./verdict.ts";

/** `audio`: the file holds recordings. `consentRequired`: the registry's rule, unless it is the file's own. */
export type SpeakerTarget = Target & { audio: boolean; consentRequired: boolean };

/** Recordings are durable before the one write that lists their clips. */
export type SpeakerImport = {
  /** As of now; what `finish` answers holds. */
  verdict: Verdict;
  add(line: AudioLine): Promise<void>;
  finish(): Promise<Verdict>;
};

/** Begins with one speaker; `finish` writes it with its clips in one piece, over the version that it was judged by. */
export async function importSpeaker(
  services: ImportNeeds,
  target: SpeakerTarget,
  line: SpeakerLine,
): Promise<SpeakerImport> {
  const { verdict, existing } = await compareWithStored(services, target, line);
  const uid = existing?.uid ?? (line.uid as SpeakerUid);
  const added: Added = new Map();
  const writes = !target.dryRun && isWritten(verdict);
  return {
    verdict,
    async add({ audioSha256, data }) {
      const clipId = clipIdOf(uid, audioSha256);
      if (!writes || added.has(clipId)) return;
      const bytes = fromBase64(data) ?? new Uint8Array();
      added.set(clipId, await services.clips.put(target.registryId, uid, clipId, bytes));
    },
    async finish() {
      if (!writes) return verdict;
      try {
        return await untilCommitted(services, () => commit(services, target, line, { uid, added }));
      } finally {
        await dropUnlisted(services, target, line, { uid, added });
      }
    },
  };
}

async function compareWithStored(
  services: ImportNeeds,
  { registryId, onConflict, audio, consentRequired }: SpeakerTarget,
  line: SpeakerLine,
): Promise<{ verdict: Verdict; existing: Speaker | undefined }> {
  const existing = await services.speakers.get(registryId, idOf(line));
  const unconsented = consentRequired && line.consent === null && !line.optedOut;
  const result = (verdict: Verdict) => ({ verdict, existing });
  if (!existing) {
    if (unconsented) return result({ state: "left", why: "consent-required" });
    const taken = await isTaken(services, registryId, line);
    return result(taken ? { state: "left", why: "uid-taken" } : IMPORTED);
  }
  if (await isSame(services, existing, line)) {
    const lacking = audio && existing.clips.some(({ audioKept }) => audioKept === false);
    return result(lacking ? { state: "completed" } : UNCHANGED);
  }
  // Whoever has opted out does not come back by way of an old copy.
  if (existing.optedOut) return result({ state: "left", why: "opted-out" });
  const verdict = differs(onConflict);
  return result(unconsented && isWritten(verdict) ? { state: "left", why: "consent-required" } : verdict);
}

/** Would it be exported as the same line? A speaker that was replaced kept its uid. */
async function isSame(services: ImportNeeds, existing: Speaker, line: SpeakerLine): Promise<boolean> {
  const own = await unboundedLlr(services, existing);
  return own !== undefined && isDeepStrictEqual({ ...own, uid: "" }, { ...line, uid: "" });
}

/** A uid names one speaker of a registry: its clips stand under it. */
async function isTaken(
  { speakers }: ImportNeeds,
  registryId: Speaker["registryId"],
  line: SpeakerLine,
): Promise<boolean> {
  const uid = line.uid as SpeakerUid;
  const [item] = await speakers.clips(registryId, uid);
  if (!item || item.speakerId === line.id) return false;
  return (await speakers.get(registryId, item.speakerId))?.uid === uid;
}

/** Recordings that were put, with their versions. */
type Added = Map<ClipId, string | undefined>;
type Work = { uid: SpeakerUid; added: Readonly<Added> };

async function commit(
  services: ImportNeeds,
  target: SpeakerTarget,
  line: SpeakerLine,
  { uid, added }: Work,
): Promise<Verdict> {
  const { verdict, existing } = await compareWithStored(services, target, line);
  if (!isWritten(verdict)) return verdict;
  if (existing && existing.uid !== uid)
    throw new AppError("version-mismatch", `${line.id} was made anew while it was imported; import again.`);
  const { speaker, items } = speakerOfLine(target.registryId, line, uid);
  const versions = new Map([...(existing ? await storedVersions(services, existing) : []), ...added]);
  const pinned = items.map((item) => ({ ...item, audioVersion: versions.get(item.clipId) }));
  const kept = new Set(existing?.clips.filter(hasRecording).map(({ clipId }) => clipId));
  const clips = speaker.clips.map(
    (clip): ListedClip =>
      added.has(clip.clipId) || kept.has(clip.clipId) ? clip : { ...clip, audioKept: false },
  );
  const next = { ...speaker, version: (existing?.version ?? 0) + 1 };
  await services.speakers.putWithClips(await voiced(services, next, clips), pinned);
  if (existing) await dropReplaced(services, existing, clips);
  return verdict;
}

/** A clip that was here before keeps the recording that it had. */
const storedVersions = async ({ speakers }: ImportNeeds, { registryId, uid }: Speaker) =>
  (await speakers.clips(registryId, uid)).map((item) => [item.clipId, item.audioVersion] as const);

const hasRecording = ({ audioKept }: ListedClip): boolean => audioKept !== false;

/** With its statistics where it is of the running model. */
async function voiced(
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

/** Recordings of a speaker who was not written after all. */
async function dropUnlisted(
  services: ImportNeeds,
  { registryId }: Target,
  line: SpeakerLine,
  { uid, added }: Work,
): Promise<void> {
  if (added.size === 0) return;
  const now = await services.speakers.get(registryId, idOf(line));
  const listed = new Set(now?.uid === uid ? now.clips.map(({ clipId }) => clipId) : []);
  const left = [...added.keys()].filter((clipId) => !listed.has(clipId));
  await Promise.allSettled(left.map((clipId) => services.clips.remove(registryId, uid, clipId)));
}

function idOf({ id }: SpeakerLine): Speaker["speakerId"] {
  const speakerId = parseSpeakerId(id);
  if (!speakerId) throw new RangeError(`${id} was checked`);
  return speakerId;
}
