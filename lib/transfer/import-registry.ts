import { registryIdOf } from "../domain/registry/registry.ts";
import { scoringSetup } from "../domain/scoring/setup.ts";
import { everySpeaker } from "../domain/speaker/every-speaker.ts";
import { AppError } from "../error.ts";
import type { RegistryId, SpeakerUid } from "../id.ts";
import { checkedLines } from "./check-lines.ts";
import type { SpeakerTarget } from "./compare-speaker.ts";
import type { HeaderLine, Line } from "./format.ts";
import { importCandidate } from "./import-candidate.ts";
import { importSettings } from "./import-settings.ts";
import { importSpeaker, type SpeakerImport } from "./import-speaker.ts";
import type { ImportNeeds, LineOutcome, OnConflict, SkipReason } from "./outcome.ts";

type SkippedLine = { line: number; kind: Line["kind"]; id: string; why: SkipReason };
type Counts = { imported: number; unchanged: number; replaced: number; completed: number; left: number };
const KINDS = ["registry", "cohort", "calibration", "active", "speaker", "group", "candidate"] as const;
type Kind = (typeof KINDS)[number];

export type ImportReport = Record<Kind, Counts> & {
  registryId: RegistryId;
  /** The first hundred skipped lines; the counts include all of them. */
  left: readonly SkippedLine[];
  /**
   * True if the exporting service's cohort and calibration are active here too: then scores are
   * equal to the last bit. Null if nothing was written.
   */
  scoresAlike: boolean | null;
};

type ImportInput = {
  /** The registry's name; the import creates it if it does not exist. */
  registry: string;
  /** Returns the lines from the start; called twice. */
  open: () => AsyncIterable<string>;
  onConflict?: OnConflict | undefined;
  /** Report what an import would do, and write nothing. */
  dryRun?: boolean | undefined;
  anyModel?: boolean | undefined;
};

const MOST_SKIPPED = 100;
const MOST_NAMED = 5;

/**
 * Imports an export. Checks the whole file before it writes anything, then writes each speaker
 * atomically. Skips what the registry already has, so an interrupted import can run again.
 *
 * throws what checkedLines throws; with `fail` (the default) also `validation-failed` if a line
 *        differs from what the registry has
 */
export async function importRegistry(services: ImportNeeds, input: ImportInput): Promise<ImportReport> {
  const { registry, onConflict = "fail", dryRun = false, open, anyModel } = input;
  const registryId = registryIdOf(registry);
  const target = { registryId, name: registry, onConflict, audio: false, consentRequired: false };
  const lines = () => checkedLines(services.embedder.model, open(), anyModel);
  // Always read to the end: the last line may be the damaged one.
  const checked = await importLines(services, { ...target, dryRun: true }, lines());
  if (onConflict === "fail" && checked.left.length > 0) throw conflict(checked, "nothing was written");
  if (dryRun) return checked;
  const report = await importLines(services, { ...target, dryRun: false }, lines());
  await removeRowsOfAbsentSpeakers(services, registryId);
  return report;
}

async function importLines(
  services: ImportNeeds,
  base: SpeakerTarget,
  lines: ReturnType<typeof checkedLines>,
): Promise<ImportReport> {
  const target = { ...base };
  const report = newReport(base.registryId);
  const announced = new Set<string>();
  let pending: { number: number; line: Line; speaker: SpeakerImport } | undefined;
  let header: HeaderLine | undefined;
  const finishSpeaker = async () => {
    if (pending) count(report, target, pending, await pending.speaker.finish());
    pending = undefined;
  };
  for await (const { number, line } of lines) {
    if (line.kind === "audio") {
      await pending?.speaker.add(line);
      continue;
    }
    await finishSpeaker();
    if (line.kind === "header") header = line;
    if (line.kind === "header") target.audio = line.audio;
    if (line.kind === "header" || line.kind === "end") continue;
    if (line.kind === "speaker") {
      announced.add(line.id);
      pending = { number, line, speaker: await importSpeaker(services, target, line) };
    } else if (line.kind === "candidate") {
      const isAnnounced = line.speaker !== null && announced.has(line.speaker.id);
      count(report, target, { number, line }, await importCandidate(services, target, line, isAnnounced));
    } else count(report, target, { number, line }, await importSettings(services, target, line));
    if (line.kind !== "registry") continue;
    const settings = (await services.registries.get(base.registryId))?.settings;
    // If the exported registry required consent too, it accepted its speakers without a record.
    target.consentRequired = !line.settings.consentRequired && settings?.consentRequired === true;
    target.audio &&= settings?.keepAudio !== false;
  }
  return {
    ...report,
    scoresAlike: base.dryRun ? null : await scoresAlike(services, base.registryId, header),
  };
}

function count(
  report: { [kind in Kind]: Counts } & { left: SkippedLine[] },
  { onConflict, dryRun }: SpeakerTarget,
  { number, line }: { number: number; line: Line },
  outcome: LineOutcome,
): void {
  report[line.kind as Kind][outcome.state] += 1;
  if (outcome.state !== "left") return;
  const id = "id" in line ? line.id : line.kind;
  const skippedLine = { line: number, kind: line.kind, id, why: outcome.why };
  if (report.left.length < MOST_SKIPPED) report.left.push(skippedLine);
  // The conflict appeared between the check and the write. A candidate voice whose speaker is
  // missing then follows from a fault in an earlier line, which the end of the file reports.
  if (onConflict === "fail" && !dryRun && outcome.why !== "speaker-missing")
    throw conflict({ ...report, left: [skippedLine] }, "this line and the lines after it were not written");
}

const newReport = (registryId: RegistryId) => {
  const none = () => ({ imported: 0, unchanged: 0, replaced: 0, completed: 0, left: 0 });
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, none()])) as Record<Kind, Counts>;
  return { ...counts, registryId, left: [] as SkippedLine[], scoresAlike: null };
};

function conflict(
  report: Record<Kind, Counts> & { left: readonly SkippedLine[] },
  consequence: string,
): AppError {
  const total = KINDS.reduce((sum, kind) => sum + report[kind].left, 0);
  const lines = report.left
    .slice(0, MOST_NAMED)
    .map(({ line, kind, id, why }) => `line ${line}: ${kind} ${id}, ${why}`);
  const more = total > MOST_NAMED ? `; and ${total - MOST_NAMED} more` : "";
  return new AppError(
    "validation-failed",
    `The file conflicts with this registry (${lines.join("; ")}${more}): ${consequence}. ` +
      "Use --on-conflict skip to keep what the registry has, or --on-conflict replace to take the file's.",
    { errors: report.left.map(({ line, why }) => ({ pointer: `/lines/${line}`, detail: why })) },
  );
}

async function scoresAlike(
  services: ImportNeeds,
  registryId: RegistryId,
  header: HeaderLine | undefined,
): Promise<boolean> {
  const { cohort, calibration } = await scoringSetup(services, registryId);
  return header?.scoredBy.cohort === cohort.id && header.scoredBy.calibration === calibration.id;
}

/** Removes cohort rows of speakers who are not in this registry: no erasure would remove them. */
async function removeRowsOfAbsentSpeakers(services: ImportNeeds, registryId: RegistryId): Promise<void> {
  const owners = new Set<SpeakerUid>(await services.cohorts.owners(registryId));
  if (owners.size === 0) return;
  for await (const { uid, clips, optedOut } of everySpeaker(services, registryId))
    if (clips.length > 0 && !optedOut) owners.delete(uid);
  for (const uid of owners) await services.cohorts.forget(registryId, uid);
}
