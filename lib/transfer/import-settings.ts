import { isDeepStrictEqual } from "node:util";
import { untilCommitted } from "../domain/commit.ts";
import { DEFAULT_SETTINGS } from "../domain/registry/registry.ts";
import type { GroupId, ModelId, RegistryId, SpeakerId } from "../id.ts";
import { parseSpeakerId } from "../id.ts";
import type { GroupLine } from "./format.ts";
import type { ActiveLine, CalibrationLine, CohortLine, RegistryLine } from "./settings-format.ts";
import {
  activeLine,
  activeOfLine,
  calibrationOfLine,
  cohortOfLine,
  groupOfLine,
  registryLine,
  settingsOf,
} from "./settings-lines.ts";
import {
  differs,
  IMPORTED,
  type ImportNeeds,
  isWritten,
  type OnConflict,
  UNCHANGED,
  type Verdict,
} from "./verdict.ts";

/** Where a line goes, and whether it is only looked at. */
export type Target = { registryId: RegistryId; name: string; onConflict: OnConflict; dryRun: boolean };
export type SettingsLine = ActiveLine | CalibrationLine | CohortLine | GroupLine | RegistryLine;

/** Writes what a line says, unless it stands so already or is only looked at. */
export function importSettings(services: ImportNeeds, target: Target, line: SettingsLine): Promise<Verdict> {
  if (line.kind === "registry") return importRegistryLine(services, target, line);
  if (line.kind === "cohort") return importCohort(services, target, line);
  if (line.kind === "calibration") return importCalibration(services, target, line);
  if (line.kind === "active") return importActive(services, target, line);
  return importGroup(services, target, line);
}

async function importRegistryLine(
  services: ImportNeeds,
  { registryId, name, onConflict, dryRun }: Target,
  line: RegistryLine,
): Promise<Verdict> {
  const existing = await services.registries.get(registryId);
  const own = existing && registryLine(existing);
  if (own?.suspended === line.suspended && isDeepStrictEqual(own.settings, line.settings)) return UNCHANGED;
  const untouched = isDeepStrictEqual(existing?.settings, DEFAULT_SETTINGS) && !existing?.suspended;
  const free = !existing || (untouched && (await isEmpty(services, registryId)));
  const verdict = free ? IMPORTED : differs(onConflict);
  if (!dryRun && isWritten(verdict))
    await services.registries.put({
      registryId,
      name: existing?.name ?? name,
      suspended: line.suspended,
      settings: settingsOf(line),
    });
  return verdict;
}

const isEmpty = async (services: ImportNeeds, registryId: RegistryId): Promise<boolean> =>
  (await services.speakers.list(registryId, undefined, 1)).items.length === 0;

/** Its id follows from its content: what stands under it is the same. */
async function importCohort(
  { cohorts }: ImportNeeds,
  { registryId, dryRun }: Target,
  line: CohortLine,
): Promise<Verdict> {
  const record = cohortOfLine(registryId, line);
  if (await cohorts.get(registryId, record.cohortId)) return UNCHANGED;
  if (!dryRun) await cohorts.put(record);
  return IMPORTED;
}

async function importCalibration(
  { calibrations }: ImportNeeds,
  { registryId, dryRun }: Target,
  line: CalibrationLine,
): Promise<Verdict> {
  const record = calibrationOfLine(registryId, line);
  if (await calibrations.get(registryId, record.calibration.id)) return UNCHANGED;
  if (!dryRun) await calibrations.put(record);
  return IMPORTED;
}

/** A registry that has speakers decides by what came with the model where nothing was chosen: then that stands. */
function importActive(
  services: ImportNeeds,
  { registryId, onConflict, dryRun }: Target,
  line: ActiveLine,
): Promise<Verdict> {
  return untilCommitted(services, async () => {
    const existing = await services.active.get(registryId, line.model as ModelId);
    const { updatedAt: _, ...own } = existing ? activeLine(existing) : { updatedAt: "" };
    const { updatedAt: __, ...wanted } = line;
    if (isDeepStrictEqual(own, wanted)) return UNCHANGED;
    const free = !existing && (await isEmpty(services, registryId));
    const verdict = free ? IMPORTED : differs(onConflict);
    if (dryRun || !isWritten(verdict)) return verdict;
    await services.active.put(activeOfLine(registryId, line, (existing?.version ?? 0) + 1));
    await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
    return verdict;
  });
}

/** Members who do not stand here are no members; those who stand again are members again. */
function importGroup(
  services: ImportNeeds,
  { registryId, onConflict, dryRun }: Target,
  line: GroupLine,
): Promise<Verdict> {
  return untilCommitted(services, async () => {
    const existing = await services.groups.get(registryId, line.id as GroupId);
    const members = await existingMembers(services, registryId, line);
    const verdict = groupVerdict(existing, line, members, onConflict);
    if (!dryRun && isWritten(verdict))
      await services.groups.put(groupOfLine(registryId, line, members, (existing?.version ?? 0) + 1));
    return verdict;
  });
}

function groupVerdict(
  existing: { name: string | undefined; members: readonly SpeakerId[] } | undefined,
  line: GroupLine,
  members: readonly SpeakerId[],
  onConflict: OnConflict,
): Verdict {
  if (!existing) return IMPORTED;
  const known = new Set(existing.members);
  const wanted = new Set<string>(line.members);
  if ((existing.name ?? null) !== line.name || existing.members.some((one) => !wanted.has(one)))
    return differs(onConflict);
  return members.every((one) => known.has(one)) ? UNCHANGED : { state: "completed" };
}

async function existingMembers(
  services: ImportNeeds,
  registryId: RegistryId,
  { members }: GroupLine,
): Promise<SpeakerId[]> {
  const existing: SpeakerId[] = [];
  for (const member of members) {
    const id = parseSpeakerId(member);
    if (id && (await services.speakers.get(registryId, id))) existing.push(id);
  }
  return existing;
}
