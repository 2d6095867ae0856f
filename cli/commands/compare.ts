import type { Command } from "commander";
import { compare } from "../../lib/domain/decision/compare.ts";
import { DEFAULT_SETTINGS } from "../../lib/domain/registry/registry.ts";
import type { BundledCalibrations, CalibrationStore } from "../../lib/ports/calibration.ts";
import type { BundledCohorts, CohortStore } from "../../lib/ports/cohort.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { labelClipErrors, readClip } from "../clip-file.ts";
import { compareText } from "../decision-text.ts";
import { exitOf } from "../exit.ts";
import { channelOption, farOption, type Globals, scoringOption } from "../options.ts";
import { print, printJson } from "../print.ts";
import { openActive } from "../services.ts";

type Options = Globals & { far?: number; scoring?: Method; channel?: number };

export function addCompare(program: Command): void {
  program
    .command("compare")
    .description("check whether two recordings are the same speaker; stores nothing")
    .argument("<a>", "an audio file")
    .argument("<b>", "another audio file")
    .addOption(farOption())
    .addOption(scoringOption())
    .addOption(channelOption())
    .action(async (a: string, b: string, _own, command: Command) => {
      const { data, far, scoring, channel, json, lang } = command.optsWithGlobals<Options>();
      const [clipA, clipB] = await Promise.all([readClip(a, channel), readClip(b, channel)]);
      const { systemClock, systemRandom } = await import("../../lib/adapters/shared/world.ts");
      const bundle = await openActive(data, 0);
      const names = new Map([
        [clipA, a],
        [clipB, b],
      ]);
      const embedder = labelClipErrors(bundle.embedder, names);
      const world = { clock: systemClock, random: systemRandom };
      try {
        const reply = await compare(
          { ...bundle, ...world, ...NOTHING_STORED, ...bundledOnly(bundle), embedder },
          { registry: NO_REGISTRY, clipA, clipB, far, mayLoosen: true, method: scoring },
        );
        if (json) printJson({ a, b, ...reply });
        else print(compareText(lang, [a, b], reply));
        process.exitCode = exitOf(reply.decision);
      } finally {
        await bundle.embedder.close();
      }
    });
}

const NO_REGISTRY: Registry = {
  registryId: "reg_none",
  name: "none",
  suspended: false,
  settings: DEFAULT_SETTINGS,
};

const NOTHING_STORED: Pick<Services, "active" | "decisions"> = {
  active: { get: async () => undefined, put: async () => undefined },
  decisions: {
    put: async () => undefined,
    get: async () => undefined,
    recent: async () => [],
    rewrite: async () => 0,
    shorten: async () => 0,
  },
};

/** Returns stores that contain only the model's own cohort and calibration. */
const bundledOnly = (bundle: {
  cohorts: BundledCohorts;
  calibrations: BundledCalibrations;
}): { cohorts: CohortStore; calibrations: CalibrationStore } => {
  const none = { get: async () => undefined, put: async () => false, list: async () => [] };
  return {
    cohorts: { ...bundle.cohorts, ...none, owners: async () => [], forget: async () => 0 },
    calibrations: { ...bundle.calibrations, ...none },
  };
};
