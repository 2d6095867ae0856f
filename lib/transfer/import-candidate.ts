import { isDeepStrictEqual } from "node:util";
import { untilCommitted } from "../domain/commit.ts";
import { parseSpeakerId, type RegistryId, type SpeakerUid } from "../id.ts";
import { type CandidateLine, candidateLine, candidateOfLine } from "./candidate-line.ts";
import {
  conflictOutcome,
  IMPORTED,
  type ImportNeeds,
  isWritten,
  type LineOutcome,
  type OnConflict,
  skipped,
  UNCHANGED,
} from "./outcome.ts";

type Target = { registryId: RegistryId; onConflict: OnConflict; dryRun: boolean };

/**
 * Imports a candidate voice, unless it has expired. One with the name of a speaker who is not in
 * this registry, or has opted out, is skipped: nobody could erase it with the speaker.
 *
 * announced  whether the file has the speaker too: a dry run hasn't written it
 */
export function importCandidate(
  services: ImportNeeds,
  { registryId, onConflict, dryRun }: Target,
  line: CandidateLine,
  announced: boolean,
): Promise<LineOutcome> {
  return untilCommitted(services, async () => {
    if (Date.parse(line.expiresAt) <= services.clock.now().getTime()) return UNCHANGED;
    const uid = await uidOf(services, registryId, line);
    if (line.speaker && !uid && !(dryRun && announced)) return skipped("speaker-missing");
    const all = await services.candidates.all(registryId);
    const existing = all.candidates.find(({ candidateId }) => candidateId === line.id);
    const imported = candidateOfLine(registryId, line, uid);
    if (existing && isDeepStrictEqual(candidateLine(existing), candidateLine(imported))) return UNCHANGED;
    const outcome = existing ? conflictOutcome(onConflict) : IMPORTED;
    const next = { ...imported, version: (existing?.version ?? 0) + 1 };
    if (!dryRun && isWritten(outcome)) await services.candidates.commit(registryId, all, { put: [next] });
    return outcome;
  });
}

/** The uid that the speaker has here. */
async function uidOf(
  { speakers }: ImportNeeds,
  registryId: RegistryId,
  { speaker }: CandidateLine,
): Promise<SpeakerUid | undefined> {
  const id = speaker ? parseSpeakerId(speaker.id) : undefined;
  const found = id && (await speakers.get(registryId, id));
  return found && !found.optedOut ? found.uid : undefined;
}
