import type { Command } from "commander";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { calibrationAdvice } from "../../lib/domain/calibration/advice.ts";
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
import { calibrationListText, calibrationText, suggestionText } from "../calibration-text.ts";
import { trialsFromFile } from "../file-trials.ts";
import { calibrationOr, cohortOr, type Globals, rate } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { registryNamed, withServices } from "../services.ts";
import { t, translated } from "../text/language.ts";

type Options = Globals & {
  trials?: string;
  root?: string;
  cohort?: CohortId | "bundled";
  defaultFar?: number;
  activate?: boolean;
  decisions?: boolean;
};

export function addCalibrate(program: Command): void {
  const command = program
    .command("calibrate")
    .description(
      "fit thresholds on the registry's own voices; they become active only with --activate or use",
    )
    .option(
      "--trials <list>",
      "fit on this list of `label path path` instead; label 1 means the same speaker",
    )
    .option("--root <dir>", "folder that the list's paths start from; default: the list's folder")
    .option(
      "--cohort <cohort>",
      "cohort to fit with, active or not: an ID, or `bundled`",
      cohortOr("bundled"),
    )
    .option("--default-far <rate>", "false-accept rate for requests that name none; default 0.01", rate)
    .option("--decisions", "fit on verifications that were labeled as right or wrong as well")
    .option("--activate", "use it for decisions from now on")
    .action(async (_own, own: Command) => {
      const options = own.optsWithGlobals<Options>();
      const fitted = await withServices(options, "model", (services) => fit(services, options));
      if (options.json) return printJson(fitted);
      print(`${calibrationText(fitted.calibration)}\n`);
      for (const [a, b] of fitted.suspects)
        warn(t`${a} and ${b} sound like one person: merge them or erase one, then calibrate again`);
      if (!options.activate)
        warn(
          t`The calibration is not active. To activate it: voiceroll calibrate use ${fitted.calibration.id}`,
        );
    });
  addList(command);
  addUse(command);
}

function addList(command: Command): void {
  command
    .command("list")
    .description("list the model's calibration and the registry's own; * marks the active one")
    .action(async (_own, own: Command) => {
      const options = own.optsWithGlobals<Globals>();
      const views = await withServices(options, "model", async (services) => {
        const registry = await registryNamed(services, options);
        return {
          calibrations: await listCalibrations(services, registry),
          advice: await calibrationAdvice(services, registry),
        };
      });
      if (options.json) return printJson(views.calibrations);
      print(calibrationListText(views.calibrations));
      const { suggestion } = views.advice?.labeled ?? {};
      if (suggestion) print(suggestionText(suggestion));
    });
}

function addUse(command: Command): void {
  command
    .command("use")
    .description("use a calibration for decisions from now on")
    .argument(
      "<which>",
      "an ID, `previous` to roll back, or `bundled` for the model's own",
      calibrationOr("bundled", "previous"),
    )
    .action(async (calibration: CalibrationChoice, _own, own: Command) => {
      const options = own.optsWithGlobals<Globals>();
      const view = await withServices(options, "model", async (services) => {
        const { registryId } = await registryNamed(services, options);
        const act: Act = { registryId, operation: "activateCalibration" };
        return audited(services, act, async () => {
          const active = await activateCalibration(services, { registryId, calibration });
          act.details = { calibration: active.id };
          return active;
        });
      });
      if (options.json) printJson(view);
      else print(t`${view.id} is active: ${translated(view.source)}`);
    });
}

async function fit(services: Services, options: Options) {
  const { registryId } = await registryNamed(services, options);
  const { trials: list, root, cohort, defaultFar, activate, decisions } = options;
  const bars = {
    embedding: progress(list ?? t`calibrate`, t`clips`),
    scoring: progress(t`calibrate: score`, t`speakers`),
    fitting: progress(t`calibrate: fit`, t`kinds of trial`),
  };
  const end = () => {
    for (const bar of Object.values(bars)) bar.end();
  };
  const trialsOfList = async (listPath: string, setup: ScoringSetup) => {
    const input = { list: listPath, root, onProgress: bars.embedding.show };
    const { calibrationTrials, skipped } = await trialsFromFile(services.embedder, setup, input);
    bars.embedding.end();
    for (const path of skipped) warn(t`${listPath}: skipped: ${path} has less than a second of speech`);
    return calibrationTrials;
  };
  const act: Act = { registryId, operation: "calibrate" };
  const fitted = await audited(services, act, async () => {
    const made = await calibrate(services, {
      ...{ registryId, cohort, defaultFar, activate, decisions },
      trials: list ? (setup) => trialsOfList(list, setup) : undefined,
      onProgress(stage, done, total) {
        bars[stage].show(done, total);
        if (done === total) bars[stage].end();
      },
    }).finally(end);
    act.details = { calibration: made.calibration.id, activated: activate ?? false };
    return made;
  });
  // This command runs no worker, so it does the work of the task that the activation queued.
  if (activate && cohort) await refreshStatistics(services, { registryId });
  return fitted;
}
