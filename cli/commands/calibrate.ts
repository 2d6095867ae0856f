import type { Command } from "commander";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import {
  activateCalibration,
  type CalibrationChoice,
  listCalibrations,
} from "../../lib/domain/calibration/calibration.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import type { ScoringSetup } from "../../lib/domain/scoring/setup.ts";
import type { CohortId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { calibrationListText, calibrationText } from "../calibration-text.ts";
import { trialsFromFile } from "../file-trials.ts";
import { type Globals, rate } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";

type Options = Globals & {
  trials?: string;
  root?: string;
  cohort?: CohortId | "bundled";
  defaultFar?: number;
  activate?: boolean;
};

export function addCalibrate(program: Command): void {
  const command = program
    .command("calibrate")
    .description(
      "fit thresholds on the registry's own voices, beside the active ones; activates only when told to",
    )
    .option("--trials <list>", "fit on this list of `label path path` instead; label 1 for the same speaker")
    .option("--root <dir>", "what the list's paths are relative to; default: the list's folder")
    .option("--cohort <cohort>", "measure with this one, which need not be active; an id, or `bundled`")
    .option("--default-far <rate>", "operating point where a request names none; default 0.01", rate)
    .option("--activate", "decide by it from now on")
    .action(async (_own, own: Command) => {
      const options = own.optsWithGlobals<Options>();
      const fitted = await withServices(options, "model", (services) => fit(services, options));
      if (options.json) return printJson(fitted);
      print(`${calibrationText(fitted.calibration)}\n`);
      for (const [a, b] of fitted.suspects)
        warn(`${a} and ${b} sound like one person: merge or erase one, and calibrate again`);
      if (!options.activate) warn(`not active; voiceroll calibrate use ${fitted.calibration.id} makes it so`);
    });
  command
    .command("list")
    .description("the model's calibration and the registry's own; * marks the active one")
    .action(async (_own, own: Command) => {
      const options = own.optsWithGlobals<Globals>();
      const views = await withServices(options, "model", async (services) => {
        return listCalibrations(services, await registryNamed(services, options));
      });
      if (options.json) printJson(views);
      else print(calibrationListText(views));
    });
  command
    .command("use")
    .description("decide by this one from now on")
    .argument("<which>", "an id, `previous` to roll back, or `bundled` for the model's own")
    .action(async (which: string, _own, own: Command) => {
      const options = own.optsWithGlobals<Globals>();
      const view = await withServices(options, "model", async (services) => {
        const { registryId } = await registryNamed(services, options);
        return activateCalibration(services, { registryId, calibration: which as CalibrationChoice });
      });
      if (options.json) printJson(view);
      else print(`${view.id} is active: ${view.source}`);
    });
}

async function fit(services: Services, options: Options) {
  const { registryId } = await registryNamed(services, options);
  const { trials: list, root, cohort, defaultFar, activate } = options;
  const bar = progress(list ?? "calibrate", list ? "clips" : "speakers");
  const trialsOfList = async (listPath: string, setup: ScoringSetup) => {
    const input = { list: listPath, root, onProgress: bar.show };
    const { calibrationTrials, left } = await trialsFromFile(services.embedder, setup, input);
    bar.end();
    for (const path of left) warn(`${listPath}: left out: ${path} has less than a second of speech`);
    return calibrationTrials;
  };
  const fitted = await calibrate(services, {
    ...{ registryId, cohort, defaultFar, activate, onProgress: bar.show },
    trials: list ? (setup) => trialsOfList(list, setup) : undefined,
  }).finally(bar.end);
  // This command runs no worker, so it does the work of the task that the activation queued.
  if (activate && cohort) await refreshStatistics(services, { registryId });
  return fitted;
}
