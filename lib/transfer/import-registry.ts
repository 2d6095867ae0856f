import { registryIdOf } from "../domain/registry/registry.ts";
import { scoringSetup } from "../domain/scoring/setup.ts";
import { everySpeaker } from "../domain/speaker/every-speaker.ts";
import { AppError } from "../error.ts";
import type { RegistryId, SpeakerUid } from "../id.ts";
import { checkedLines } from "./check-lines.ts";
import type { HeaderLine, Line } from "./format.ts";
import { importSettings } from "./import-settings.ts";
import { importSpeaker, type SpeakerImport, type SpeakerTarget } from "./import-speaker.ts";
import type { ImportNeeds, LeftWhy, OnConflict, Verdict } from "./verdict.ts";

export type LeftLine = { line: number; kind: Line["kind"]; id: string; why: LeftWhy };
type Counts = { imported: number; unchanged: number; replaced: number; completed: number; left: number };
const KINDS = ["registry", "cohort", "calibration", "active", "speaker", "group"] as const;
type Kind = (typeof KINDS)[number];

export type ImportReport = Record<Kind, Counts> & {
  registryId: RegistryId;
  /** The first hundred of the lines that were left; the counts have all. */
  left: readonly LeftLine[];
  /** What the exporting service scored by is active here too: scores are the same to the last bit. Null when nothing was written. */
  scoresAlike: boolean | null;
};

export type ImportInput = {
  /** The registry's name; it is made where there is none. */
  registry: string;
  /** The lines from the beginning; called twice. */
  open: () => AsyncIterable<string>;
  onConflict?: OnConflict | undefined;
  /** Tell what would be done, and write nothing. */
  dryRun?: boolean | undefined;
  anyModel?: boolean | undefined;
};

const MOST_LEFT = 100;
const MOST_TOLD = 5;

/**
 * Takes an export in. The whole file is checked before anything is written; then each speaker is written in one piece. What
 * stands already as the file has it is left as it is, so it may be broken off anywhere and run again.
 *
 * throws what checkedLines throws; with `fail` (the default) `validation-failed` where something stands here otherwise
 */
export async function importRegistry(services: ImportNeeds, input: ImportInput): Promise<ImportReport> {
  const { registry, onConflict = "fail", dryRun = false, open, anyModel } = input;
  const registryId = registryIdOf(registry);
  const target = { registryId, name: registry, onConflict, audio: false, consentRequired: false };
  const lines = () => checkedLines(services.embedder.model, open(), anyModel);
  // To the end, even where nothing could stand in its way: the last line may be the damaged one.
  const first = await takeIn(services, { ...target, dryRun: true }, lines());
  if (onConflict === "fail" && first.left.length > 0) throw conflict(first);
  if (dryRun) return first;
  const report = await takeIn(services, { ...target, dryRun: false }, lines());
  await forgetAbsent(services, registryId);
  return report;
}

async function takeIn(
  services: ImportNeeds,
  base: SpeakerTarget,
  lines: ReturnType<typeof checkedLines>,
): Promise<ImportReport> {
  const target = { ...base };
  const report = newReport(base.registryId);
  let begun: { number: number; line: Line; work: SpeakerImport } | undefined;
  let header: HeaderLine | undefined;
  const finish = async () => {
    if (begun) note(report, target, begun, await begun.work.finish());
    begun = undefined;
  };
  for await (const { number, line } of lines) {
    if (line.kind === "audio") {
      await begun?.work.add(line);
      continue;
    }
    await finish();
    if (line.kind === "header") header = line;
    if (line.kind === "header") target.audio = line.audio;
    if (line.kind === "header" || line.kind === "end") continue;
    if (line.kind === "speaker") begun = { number, line, work: await importSpeaker(services, target, line) };
    else note(report, target, { number, line }, await importSettings(services, target, line));
    if (line.kind === "registry")
      // Where the file's registry had the same rule, it knew of those who are in it without.
      target.consentRequired = !line.settings.consentRequired && (await asksConsent(services, target));
  }
  return {
    ...report,
    scoresAlike: base.dryRun ? null : await scoresAlike(services, base.registryId, header),
  };
}

const asksConsent = async ({ registries }: ImportNeeds, { registryId }: SpeakerTarget): Promise<boolean> =>
  (await registries.get(registryId))?.settings.consentRequired === true;

function note(
  report: { [kind in Kind]: Counts } & { left: LeftLine[] },
  { onConflict, dryRun }: SpeakerTarget,
  { number, line }: { number: number; line: Line },
  verdict: Verdict,
): void {
  report[line.kind as Kind][verdict.state] += 1;
  if (verdict.state !== "left") return;
  const left = { line: number, kind: line.kind, id: "id" in line ? line.id : line.kind, why: verdict.why };
  if (report.left.length < MOST_LEFT) report.left.push(left);
  // It was not so when the file was looked through.
  if (onConflict === "fail" && !dryRun) throw conflict({ ...report, left: [left] }, true);
}

const newReport = (registryId: RegistryId) => {
  const none = () => ({ imported: 0, unchanged: 0, replaced: 0, completed: 0, left: 0 });
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, none()])) as Record<Kind, Counts>;
  return { ...counts, registryId, left: [] as LeftLine[], scoresAlike: null };
};

function conflict(report: Record<Kind, Counts> & { left: readonly LeftLine[] }, late = false): AppError {
  const all = KINDS.reduce((sum, kind) => sum + report[kind].left, 0);
  const some = report.left
    .slice(0, MOST_TOLD)
    .map((one) => `line ${one.line}: ${one.kind} ${one.id}, ${one.why}`);
  const more = all > MOST_TOLD ? `; and ${all - MOST_TOLD} more` : "";
  const written = late ? "it and what follows was not written" : "nothing was written";
  return new AppError(
    "validation-failed",
    `${all} of the file's lines cannot be taken in as they are (${some.join("; ")}${more}): ${written}. ` +
      "Choose --on-conflict skip to leave what stands here, or replace.",
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

/** Voices in cohorts of speakers who do not stand here: nothing would take them out when their person asks for it. */
async function forgetAbsent(services: ImportNeeds, registryId: RegistryId): Promise<void> {
  const owners = new Set<SpeakerUid>(await services.cohorts.owners(registryId));
  if (owners.size === 0) return;
  for await (const { uid, clips, optedOut } of everySpeaker(services, registryId))
    if (clips.length > 0 && !optedOut) owners.delete(uid);
  for (const uid of owners) await services.cohorts.forget(registryId, uid);
}
