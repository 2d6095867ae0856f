import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { buildCohort } from "../../lib/domain/cohort/build.ts";
import {
  activateCohort,
  type CohortChoice,
  listCohorts,
  reportCohort,
} from "../../lib/domain/cohort/cohort.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { CohortId } from "../../lib/id.ts";
import { clipsIn } from "../clip-sources.ts";
import { cohortListText, cohortText, leftText } from "../cohort-text.ts";
import { type Globals, wholeNumber } from "../options.ts";
import { print, printJson, printJsonLines, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";

type BuildOptions = Globals & {
  root?: string;
  speakers?: boolean;
  bundled?: boolean;
  from?: readonly CohortId[];
  name?: string;
  topN?: number;
  skipUnfit?: boolean;
  activate?: boolean;
};

export function addCohort(program: Command): void {
  const cohort = program
    .command("cohort")
    .description("the impostor voices that scores are normalized by: made, looked at, switched");
  cohort
    .command("build")
    .description("make one; activates only when told to")
    .argument(
      "[sources...]",
      "folders (a subfolder for each voice) and lists of `path<TAB>voice<TAB>language`",
    )
    .option("--root <dir>", "what paths in lists are relative to; default: each list's folder")
    .option("--speakers", "the registry's own speakers, each left out of its own trials")
    .option("--bundled", "mix in the cohort that came with the model")
    .option("--from <cohort>", "take over the voices of this one; may be given again", addId)
    .option("--name <name>", "for people")
    .option(
      "--top-n <n>",
      "nearest voices that AS-Norm compares with; default: half, 50 at most",
      wholeNumber(2, 10_000),
    )
    .option(
      "--skip-unfit",
      "leave out clips that cannot stand in it and say which; else one of them refuses all",
    )
    .option("--activate", "normalize by it from now on")
    .action(async (sources: string[], _own, command: Command) => {
      await build(sources, command.optsWithGlobals<BuildOptions>());
    });
  cohort
    .command("list")
    .description("the model's cohort and the registry's own; * marks the active one")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await withServices(options, "model", async (services) =>
        listCohorts(services, await registryNamed(services, options)),
      );
      if (options.json) printJsonLines(views);
      else print(cohortListText(views));
    });
  cohort
    .command("report")
    .description("what one is made of, and how fit it is to normalize by")
    .argument("[cohort]", "an id, or `bundled`", "bundled")
    .action(async (which: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const view = await withServices(options, "model", async (services) => {
        const { registryId } = await registryNamed(services, options);
        return reportCohort(services, { registryId, cohort: which as CohortId });
      });
      if (options.json) printJson(view);
      else print(cohortText(view));
    });
  cohort
    .command("activate")
    .description("normalize by this one from now on, with the thresholds that were measured with it")
    .argument("<cohort>", "an id, `previous`, or `bundled` for the model's own")
    .action(async (which: string, _own, command: Command) => {
      await activate(command.optsWithGlobals<Globals>(), which as CohortChoice);
    });
  cohort
    .command("rollback")
    .description("go back to what was active before")
    .action(async (_own, command: Command) => {
      await activate(command.optsWithGlobals<Globals>(), "previous");
    });
}

async function build(sources: readonly string[], options: BuildOptions): Promise<void> {
  const clips = await clipsIn(sources, options.root);
  const bar = progress("cohort");
  const made = await withServices(options, "threads", async (services) => {
    const { registryId } = await ensureRegistry(services, options.registry);
    const { name, topN, skipUnfit, bundled, speakers: registry, from: cohorts } = options;
    const width = 2 * Math.max(1, availableParallelism());
    const wanted = { registryId, clips, name, topN, skipUnfit, bundled, registry, cohorts, width };
    const { record, ...built } = await buildCohort(services, { ...wanted, onProgress: bar.show }).finally(
      bar.end,
    );
    if (options.activate) await switchTo(services, registryId, record.cohortId);
    return { ...built, cohort: await reportCohort(services, { registryId, cohort: record.cohortId }) };
  });
  if (options.json) return printJson(made);
  for (const line of leftText(made)) warn(line);
  print(cohortText(made.cohort));
  if (!made.created) warn("the same cohort stood already");
  if (!options.activate) warn(`not active; voiceroll cohort activate ${made.cohort.id} makes it so`);
}

async function activate(options: Globals, cohort: CohortChoice): Promise<void> {
  const view = await withServices(options, "model", async (services) => {
    const { registryId } = await registryNamed(services, options);
    return switchTo(services, registryId, cohort);
  });
  if (options.json) return printJson(view);
  print(`${view.id} is active: ${view.size} voices, topN ${view.topN}`);
  if (!view.calibrated)
    warn(
      "no thresholds were measured with it: every decision is inconclusive until voiceroll calibrate --activate",
    );
}

/** This process does itself what a server leaves for the background. */
async function switchTo(
  services: Parameters<typeof activateCohort>[0] & Parameters<typeof refreshStatistics>[0],
  registryId: Parameters<typeof refreshStatistics>[1]["registryId"],
  cohort: CohortChoice,
) {
  const view = await activateCohort(services, { registryId, cohort });
  const bar = progress("restate", "speakers");
  await refreshStatistics(services, { registryId, onProgress: (done) => bar.show(done, undefined) }).finally(
    bar.end,
  );
  return view;
}

function addId(text: string, ids: readonly CohortId[] = []): readonly CohortId[] {
  if (!text.startsWith("coh_")) throw new InvalidArgumentError("An id begins with coh_.");
  return [...ids, text as CohortId];
}
