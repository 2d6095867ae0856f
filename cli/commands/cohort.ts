import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { listCalibrations } from "../../lib/domain/calibration/calibration.ts";
import { buildCohort } from "../../lib/domain/cohort/build.ts";
import {
  activateCohort,
  type CohortChoice,
  listCohorts,
  reportCohort,
} from "../../lib/domain/cohort/cohort.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { CohortId, RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { clipsIn } from "../clip-sources.ts";
import { cohortListText, cohortText, skippedLines } from "../cohort-text.ts";
import { channelOption, cohortOr, type Globals, wholeNumber } from "../options.ts";
import { print, printJson, printJsonLines, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";
import { t } from "../text/language.ts";

type BuildOptions = Globals & {
  root?: string;
  channel?: number;
  speakers?: boolean;
  bundled?: boolean;
  from?: readonly CohortId[];
  name?: string;
  topN?: number;
  skipUnfit?: boolean;
  activate?: boolean;
};

export function addCohort(program: Command): void {
  const cohort = program.command("cohort").description("manage the impostor voices that normalize scores");
  addBuild(cohort);
  addList(cohort);
  addReport(cohort);
  addActivate(cohort);
  addRollback(cohort);
}

function addBuild(cohort: Command): void {
  cohort
    .command("build")
    .description("build a cohort; it becomes active only with --activate")
    .argument(
      "[sources...]",
      "folders (a subfolder for each voice) and lists of `path<TAB>voice<TAB>language`",
    )
    .option("--root <dir>", "folder that paths in lists start from; default: each list's folder")
    .addOption(channelOption())
    .option("--speakers", "include the registry's own speakers; each is excluded from its own trials")
    .option("--bundled", "include the cohort that comes with the model")
    .option("--from <cohort>", "include the voices of this cohort; may be repeated", addId)
    .option("--name <name>", "display name")
    .option(
      "--top-n <n>",
      "number of nearest voices that AS-Norm uses; default: half of the voices, at most 50",
      wholeNumber(2, 10_000),
    )
    .option("--skip-unfit", "skip and report unusable clips; without it, one such clip stops the build")
    .option("--activate", "use it to normalize scores from now on")
    .action(async (sources: string[], _own, command: Command) => {
      await build(sources, command.optsWithGlobals<BuildOptions>());
    });
}

function addList(cohort: Command): void {
  cohort
    .command("list")
    .description(
      "list the model's cohort and the registry's own, with their calibrations; * marks the active ones",
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const { views, calibrations } = await withServices(options, "model", async (services) => {
        const registry = await registryNamed(services, options);
        const calibrations = await listCalibrations(services, registry);
        return { views: await listCohorts(services, registry), calibrations };
      });
      if (options.json) printJsonLines(views);
      else print(cohortListText(views, calibrations));
    });
}

function addReport(cohort: Command): void {
  cohort
    .command("report")
    .description("show what a cohort consists of and how well it can normalize scores")
    .argument("[cohort]", "an ID, or `bundled`", cohortOr("bundled"), "bundled")
    .action(async (which: CohortId | "bundled", _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const view = await withServices(options, "model", async (services) => {
        const { registryId } = await registryNamed(services, options);
        return reportCohort(services, { registryId, cohort: which });
      });
      if (options.json) printJson(view);
      else print(cohortText(view));
    });
}

function addActivate(cohort: Command): void {
  cohort
    .command("activate")
    .description("use a cohort from now on, with the thresholds that were measured with it")
    .argument(
      "<cohort>",
      "an ID, `previous`, or `bundled` for the model's own",
      cohortOr("bundled", "previous"),
    )
    .action(async (which: CohortChoice, _own, command: Command) => {
      await activate(command.optsWithGlobals<Globals>(), which);
    });
}

function addRollback(cohort: Command): void {
  cohort
    .command("rollback")
    .description("return to the cohort that was active before")
    .action(async (_own, command: Command) => {
      await activate(command.optsWithGlobals<Globals>(), "previous");
    });
}

async function build(sources: readonly string[], options: BuildOptions): Promise<void> {
  const clips = await clipsIn(sources, options.root, options.channel);
  const bar = progress(t`cohort`);
  const built = await withServices(options, "threads", async (services) => {
    const { registryId } = await ensureRegistry(services, options.registry);
    const { name, topN, skipUnfit, bundled, speakers: registry, from: cohorts } = options;
    const width = 2 * Math.max(1, availableParallelism());
    const voices = { clips, bundled, registry, cohorts };
    const settings = { registryId, name, topN, skipUnfit, width, onProgress: bar.show };
    const act: Act = { registryId, operation: "buildCohort" };
    const { record, ...result } = await audited(services, act, async () => {
      const made = await buildCohort(services, { ...voices, ...settings }).finally(bar.end);
      act.details = { cohort: made.record.cohortId };
      return made;
    });
    if (options.activate) await switchTo(services, registryId, record.cohortId);
    return { ...result, cohort: await reportCohort(services, { registryId, cohort: record.cohortId }) };
  });
  if (options.json) return printJson(built);
  for (const line of skippedLines(built)) warn(line);
  print(cohortText(built.cohort));
  if (!built.created) warn(t`This cohort already exists; nothing was created.`);
  if (!options.activate)
    warn(t`The cohort is not active. To activate it: voiceroll cohort activate ${built.cohort.id}`);
}

async function activate(options: Globals, cohort: CohortChoice): Promise<void> {
  const { view, calibration } = await withServices(options, "model", async (services) => {
    const { registryId } = await registryNamed(services, options);
    const view = await switchTo(services, registryId, cohort);
    const all = await listCalibrations(services, { registryId });
    return { view, calibration: all.find(({ active }) => active) };
  });
  if (options.json) return printJson(view);
  print(t`${view.id} is active: ${view.size} voices, topN ${view.topN}`);
  if (view.calibrated && calibration)
    print(
      calibration.cohort === view.id
        ? t`thresholds in force: ${calibration.id}, measured with this cohort`
        : t`thresholds in force: ${calibration.id}, by cosines, which need no cohort`,
    );
  else
    warn(
      t(
        "No thresholds were measured with this cohort. Every decision is inconclusive until you run: " +
          "voiceroll calibrate --activate",
      ),
    );
}

/**
 * Activates a cohort and refreshes statistics right away, which a server would do in the
 * background.
 */
async function switchTo(services: Services, registryId: RegistryId, cohort: CohortChoice) {
  const act: Act = { registryId, operation: "activateCohort" };
  const view = await audited(services, act, async () => {
    const active = await activateCohort(services, { registryId, cohort });
    act.details = { cohort: active.id };
    return active;
  });
  const bar = progress(t`refresh statistics`, t`speakers`);
  await refreshStatistics(services, { registryId, onProgress: (done) => bar.show(done, undefined) }).finally(
    bar.end,
  );
  return view;
}

const addId = (text: string, ids: readonly CohortId[] = []): readonly CohortId[] => [
  ...ids,
  cohortOr<never>()(text),
];
