import { isDeepStrictEqual } from "node:util";
import { untilCommitted } from "../domain/commit.ts";
import { DEFAULT_SETTINGS, ensureRegistry } from "../domain/registry/registry.ts";
import type { GroupId, ModelId, RegistryId, SpeakerId } from "../id.ts";
import { parseSpeakerId } from "../id.ts";
import type { GroupLine } from "./format.ts";
import {
  conflictOutcome,
  IMPORTED,
  type ImportNeeds,
  isWritten,
  type LineOutcome,
  type OnConflict,
  UNCHANGED,
} from "./outcome.ts";
import type { RegistryLine } from "./registry-format.ts";
import type { ActiveLine, CalibrationLine, CohortLine } from "./settings-format.ts";
import {
  activeLine,
  activeOfLine,
  calibrationOfLine,
  cohortOfLine,
  groupOfLine,
  registryLine,
  settingsOf,
} from "./settings-lines.ts";

/** The registry to import into. `dryRun`: write nothing. */
export type Target = { registryId: RegistryId; name: string; onConflict: OnConflict; dryRun: boolean };
type SettingsLine = ActiveLine | CalibrationLine | CohortLine | GroupLine | RegistryLine;

/** Writes what a line describes, unless the registry has it already or `target.dryRun` is set. */
export function importSettings(
  services: ImportNeeds,
  target: Target,
  line: SettingsLine,
): Promise<LineOutcome> {
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
): Promise<LineOutcome> {
  const existing = await services.registries.get(registryId);
  const current = existing && registryLine(existing);
  if (current?.suspended === line.suspended && isDeepStrictEqual(current.settings, line.settings))
    return UNCHANGED;
  const hasDefaults = isDeepStrictEqual(existing?.settings, DEFAULT_SETTINGS) && !existing?.suspended;
  const unused = !existing || (hasDefaults && (await isEmpty(services, registryId)));
  const outcome = unused ? IMPORTED : conflictOutcome(onConflict);
  if (!dryRun && isWritten(outcome)) {
    if (!existing) await ensureRegistry(services, name);
    const now = services.clock.now();
    await services.registries.change(registryId, (registry) => ({
      ...registry,
      suspended: line.suspended,
      settings: settingsOf(line, existing && registry.settings, now),
    }));
  }
  return outcome;
}

const isEmpty = async (services: ImportNeeds, registryId: RegistryId): Promise<boolean> =>
  (await services.speakers.list(registryId, undefined, 1)).items.length === 0;

/** The id is derived from the content, so a stored cohort with this id is the same cohort. */
async function importCohort(
  { cohorts }: ImportNeeds,
  { registryId, dryRun }: Target,
  line: CohortLine,
): Promise<LineOutcome> {
  const record = cohortOfLine(registryId, line);
  if (await cohorts.get(registryId, record.cohortId)) return UNCHANGED;
  if (!dryRun) await cohorts.put(record);
  return IMPORTED;
}

async function importCalibration(
  { calibrations }: ImportNeeds,
  { registryId, dryRun }: Target,
  line: CalibrationLine,
): Promise<LineOutcome> {
  const record = calibrationOfLine(registryId, line);
  if (await calibrations.get(registryId, record.calibration.id)) return UNCHANGED;
  if (!dryRun) await calibrations.put(record);
  return IMPORTED;
}

/**
 * A registry with speakers but without a choice of its own uses the bundled cohort and calibration;
 * importing another choice is a conflict.
 */
function importActive(
  services: ImportNeeds,
  { registryId, onConflict, dryRun }: Target,
  line: ActiveLine,
): Promise<LineOutcome> {
  return untilCommitted(services, async () => {
    const existing = await services.active.get(registryId, line.model as ModelId);
    const current = existing && { ...activeLine(existing), updatedAt: line.updatedAt };
    if (isDeepStrictEqual(current, line)) return UNCHANGED;
    const unused = !existing && (await isEmpty(services, registryId));
    const outcome = unused ? IMPORTED : conflictOutcome(onConflict);
    if (dryRun || !isWritten(outcome)) return outcome;
    await services.active.put(activeOfLine(registryId, line, (existing?.version ?? 0) + 1));
    await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
    return outcome;
  });
}

/** Imports only members that exist here. A member that was erased and came back is added again. */
function importGroup(
  services: ImportNeeds,
  { registryId, onConflict, dryRun }: Target,
  line: GroupLine,
): Promise<LineOutcome> {
  return untilCommitted(services, async () => {
    const existing = await services.groups.get(registryId, line.id as GroupId);
    const members = await existingMembers(services, registryId, line);
    const outcome = groupOutcome(existing, line, members, onConflict);
    if (!dryRun && isWritten(outcome))
      await services.groups.put(groupOfLine(registryId, line, members, (existing?.version ?? 0) + 1));
    return outcome;
  });
}

function groupOutcome(
  existing: { name?: string | undefined; members: readonly SpeakerId[] } | undefined,
  line: GroupLine,
  members: readonly SpeakerId[],
  onConflict: OnConflict,
): LineOutcome {
  if (!existing) return IMPORTED;
  const current = new Set(existing.members);
  const imported = new Set<string>(line.members);
  if ((existing.name ?? null) !== line.name || existing.members.some((id) => !imported.has(id)))
    return conflictOutcome(onConflict);
  return members.every((id) => current.has(id)) ? UNCHANGED : { state: "completed" };
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
