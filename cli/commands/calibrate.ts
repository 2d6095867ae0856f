import type { Command } from "commander";
import { type Calibrated, calibrate, calibrateOn } from "../../lib/domain/calibration/calibrate.ts";
import {
  activateCalibration,
  type CalibrationChoice,
  listCalibrations,
  readCalibration,
} from "../../lib/domain/calibration/calibration.ts";
import { activateCohort, cohortNamed } from "../../lib/domain/cohort/cohort.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { scoringSetup } from "../../lib/domain/scoring/setup.ts";
import type { CohortId, RegistryId } from "../../lib/id.ts";
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
  const { record, suspects } = await fitted(services, registryId, options);
  const { id } = record.calibration;
  // With its cohort: without it the thresholds would decide nothing, and would be refused.
  if (options.activate && options.cohort) {
    await activateCohort(services, { registryId, cohort: options.cohort });
    await refreshStatistics(services, { registryId });
  }
  const calibration = options.activate
    ? await activateCalibration(services, { registryId, calibration: id })
    : await readCalibration(services, { registryId, calibrationId: id });
  return { calibration, suspects };
}

async function fitted(
  services: Services,
  registryId: RegistryId,
  { trials: list, root, cohort: wantedCohort, defaultFar }: Options,
): Promise<Calibrated> {
  const bar = progress(list ?? "calibrate", list ? "clips" : "speakers");
  if (!list) {
    const wanted = { registryId, cohort: wantedCohort, defaultFar, onProgress: bar.show };
    return calibrate(services, wanted).finally(bar.end);
  }
  const active = await scoringSetup(services, registryId);
  const cohort = wantedCohort ? await cohortNamed(services, registryId, wantedCohort) : active.cohort;
  const setup = { ...active, cohort };
  const embedded = await trialsFromFile(services.embedder, setup, {
    list,
    root,
    onProgress: bar.show,
  }).finally(bar.end);
  for (const path of embedded.left) warn(`${list}: left out: ${path} has less than a second of speech`);
  const { record } = await calibrateOn(services, setup, embedded.calibrationTrials, {
    registryId,
    defaultFar,
  });
  return { record, suspects: [] };
}
