import { isConsentId, type RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { type AuditNeeds, record } from "../audit/record.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { dropUnlisted, evidenceOf } from "../speaker/evidence.ts";
import { keepsAudio, listingOf, restoreRecording } from "../speaker/stored-clip.ts";
import { checkSpeaker, type Finding, repairSum } from "./fsck-speaker.ts";

export type FsckReport = {
  speakers: number;
  clips: number;
  findings: readonly (Finding & { repaired: boolean })[];
};

type Needs = AuditNeeds &
  Pick<Services, "clips" | "clock" | "cohorts" | "random" | "registries" | "speakers">;

/**
 * Checks every voiceprint against its clips, and cohort rows against the speakers that own them.
 * Safe to run during enrollments, although a clip that is being written may be reported as an
 * orphan.
 *
 * repair  fix what can be restored exactly: recompute a wrong sum from its clips, restore a
 *         recording that was overwritten or deleted by hand from the enrolled version, and remove
 *         clips, recordings and cohort rows that no speaker owns. The audit log of each registry
 *         gets an entry with what was repaired in it
 */
export async function fsck(
  services: Needs,
  input: { repair?: boolean | undefined } = {},
): Promise<FsckReport> {
  const findings: Finding[] = [];
  let speakers = 0;
  let clips = 0;
  for (const { registryId } of await services.registries.list()) {
    const listed = new Set<string>();
    // Read the owners before the speakers, so that the loop below meets every owner that still
    // exists.
    const owners = new Set(await services.cohorts.owners(registryId));
    for await (const speaker of everySpeaker(services, registryId)) {
      speakers += 1;
      clips += speaker.clips.length;
      if (speaker.clips.length > 0 && !speaker.optedOut) owners.delete(speaker.uid);
      for (const name of recordingsOf(speaker)) listed.add(name);
      findings.push(...(await checkSpeaker(services, speaker)));
    }
    findings.push(...(await orphanAudio(services, registryId, listed)));
    for (const uid of owners)
      findings.push({ kind: "orphan-cohort-row", registryId, speakerId: undefined, uid, clipId: undefined });
  }
  const results = [];
  for (const finding of findings) {
    const repaired = input.repair === true && (await repair(services, finding));
    results.push({ ...finding, repaired });
  }
  if (input.repair) await recordRepairs(services, results);
  return { speakers, clips, findings: results };
}

async function recordRepairs(services: AuditNeeds, results: FsckReport["findings"]): Promise<void> {
  const repaired = results.filter((one) => one.repaired);
  for (const registryId of new Set(repaired.map((one) => one.registryId))) {
    const details: Record<string, number> = {};
    for (const { kind } of repaired.filter((one) => one.registryId === registryId))
      details[kind] = (details[kind] ?? 0) + 1;
    await record(services, { registryId, operation: "repair", details }, "done");
  }
}

/** Names the recordings that a speaker keeps, for `orphanAudio`. */
export const recordingsOf = (speaker: Pick<Speaker, "clips" | "consents" | "uid">): string[] =>
  [...speaker.clips.filter(keepsAudio).map(({ clipId }) => clipId), ...evidenceOf(speaker)].map(
    (id) => `${speaker.uid}/${id}`,
  );

/** Recordings that no speaker keeps, and their stored clips if the speaker no longer exists. */
export async function orphanAudio(
  services: Pick<Services, "clips" | "speakers">,
  registryId: RegistryId,
  listed: ReadonlySet<string>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { uid, clipId } of await services.clips.list(registryId)) {
    if (listed.has(`${uid}/${clipId}`)) continue;
    if (isConsentId(clipId)) {
      findings.push({ kind: "orphan-audio", registryId, speakerId: undefined, uid, clipId });
      continue;
    }
    const item = await services.speakers.getClip(registryId, uid, clipId);
    // The clip was enrolled after its speaker was read.
    const listing = await listingOf(services, item);
    if (listing && keepsAudio(listing)) continue;
    const orphan = { registryId, speakerId: item?.speakerId, uid, clipId };
    findings.push({ ...orphan, kind: "orphan-audio" });
    const existing = item && (await services.speakers.get(registryId, item.speakerId));
    if (item && existing?.uid !== uid) findings.push({ ...orphan, kind: "orphan-clip-item" });
  }
  return findings;
}

/** Returns false for data that is lost: a clip or a recording that is missing or has changed. */
async function repair(services: Needs, finding: Finding): Promise<boolean> {
  const { kind, registryId, uid, clipId, speakerId } = finding;
  if (kind === "orphan-cohort-row") return (await services.cohorts.forget(registryId, uid)) > 0;
  if (kind === "sum-mismatch" && speakerId) return repairSum(services, { registryId, speakerId });
  if (kind === "audio-superseded" && clipId && !isConsentId(clipId))
    return restoreRecording(services, { registryId, uid, clipId });
  if ((kind !== "orphan-audio" && kind !== "orphan-clip-item") || !clipId) return false;
  await dropUnlisted(services, { registryId, uid, clipId });
  return true;
}
