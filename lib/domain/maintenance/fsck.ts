import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { dropClip, isListed, putBack } from "../speaker/stored-clip.ts";
import { checkSpeaker, type Finding, repairSum } from "./fsck-speaker.ts";

export type FsckReport = {
  speakers: number;
  clips: number;
  findings: readonly (Finding & { repaired: boolean })[];
};

type Needs = Pick<Services, "clips" | "clock" | "cohorts" | "random" | "registries" | "speakers">;

/**
 * Compares every voiceprint with the clips it is made of, and cohorts with who still has a voice here. `repair` mends what can
 * be mended exactly: a wrong sum is recomputed from its clips, a recording that was written over or deleted by hand is put back
 * from the version that was enrolled, and what no speaker lists is removed. Safe beside enrollments that are under way, though
 * a clip that is just being written may be reported as an orphan.
 */
export async function fsck(
  services: Needs,
  input: { repair?: boolean | undefined } = {},
): Promise<FsckReport> {
  const findings: Finding[] = [];
  let [speakers, clips] = [0, 0];
  for (const { registryId } of await services.registries.list()) {
    const listed = new Set<string>();
    // Before the speakers: whoever owned a row by now and still stands is met below.
    const owners = new Set(await services.cohorts.owners(registryId));
    for await (const speaker of everySpeaker(services, registryId)) {
      speakers += 1;
      clips += speaker.clips.length;
      if (speaker.clips.length > 0 && !speaker.optedOut) owners.delete(speaker.uid);
      for (const { clipId } of speaker.clips) listed.add(`${speaker.uid}/${clipId}`);
      findings.push(...(await checkSpeaker(services, speaker)));
    }
    findings.push(...(await orphanAudio(services, registryId, listed)));
    for (const uid of owners)
      findings.push({ kind: "orphan-cohort-row", registryId, speakerId: undefined, uid, clipId: undefined });
  }
  const report = [];
  for (const found of findings)
    report.push({ ...found, repaired: input.repair === true && (await repair(services, found)) });
  return { speakers, clips, findings: report };
}

/** Audio that no speaker lists, with its item where the speaker is gone and nothing else leads to it. */
export async function orphanAudio(
  services: Pick<Services, "clips" | "speakers">,
  registryId: RegistryId,
  listed: ReadonlySet<string>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { uid, clipId } of await services.clips.list(registryId)) {
    if (listed.has(`${uid}/${clipId}`)) continue;
    const item = await services.speakers.getClip(registryId, uid, clipId);
    // Enrolled after its speaker was looked at.
    if (await isListed(services, item)) continue;
    const found = { registryId, speakerId: item?.speakerId, uid, clipId };
    findings.push({ ...found, kind: "orphan-audio" });
    const existing = item && (await services.speakers.get(registryId, item.speakerId));
    if (item && existing?.uid !== uid) findings.push({ ...found, kind: "orphan-clip-item" });
  }
  return findings;
}

/** False for what is lost: an item or audio that is missing or has changed. */
async function repair(services: Needs, found: Finding): Promise<boolean> {
  const { kind, registryId, uid, clipId, speakerId } = found;
  if (kind === "orphan-cohort-row") return (await services.cohorts.forget(registryId, uid)) > 0;
  if (kind === "sum-mismatch" && speakerId) return repairSum(services, { registryId, speakerId });
  if (kind === "audio-superseded" && clipId) return putBack(services, { registryId, uid, clipId });
  if ((kind !== "orphan-audio" && kind !== "orphan-clip-item") || !clipId) return false;
  await dropClip(services, { registryId, uid, clipId });
  return true;
}
