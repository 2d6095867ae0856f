import { existsSync } from "node:fs";
import type { Command } from "commander";
import { compare } from "../../lib/domain/decision/compare.ts";
import { DEFAULT_SETTINGS } from "../../lib/domain/registry/registry.ts";
import type { BundledCalibrations, CalibrationStore } from "../../lib/ports/calibration.ts";
import type { BundledCohorts, CohortStore } from "../../lib/ports/cohort.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { DecisionReply } from "../../lib/schema/decision.ts";
import { Decision } from "../../lib/schema/decision.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { auditedDecision } from "../audited-decision.ts";
import { clipOf, labelClipErrors, readRecording, type Selected } from "../clip-file.ts";
import { compareText } from "../decision-text.ts";
import { exitOf } from "../exit.ts";
import {
  channelBOption,
  channelOption,
  farOption,
  firstSpeechOption,
  type Globals,
  scoringOption,
  segmentBOption,
  segmentOption,
} from "../options.ts";
import { print, printJson } from "../print.ts";
import { openActive, withServices } from "../services.ts";
import { t } from "../text/language.ts";

type Options = Globals &
  Selected & {
    far?: number;
    scoring?: Method;
    channelB?: number;
    segmentB?: { start: number; end: number };
  };

export function addCompare(program: Command): void {
  program
    .command("compare")
    .description("check whether two recordings are the same speaker; stores neither of them")
    .argument("<a>", "an audio file")
    .argument("<b>", "another audio file")
    .addOption(farOption())
    .addOption(scoringOption())
    .addOption(channelOption())
    .addOption(segmentOption())
    .addOption(firstSpeechOption())
    .addOption(channelBOption())
    .addOption(segmentBOption())
    .addHelpText(
      "after",
      t`\nBoth sides of a call: voiceroll compare call.wav call.wav --channel 0 --channel-b 1`,
    )
    .action(async (a: string, b: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { far, scoring: method, json, lang } = options;
      const [first, second] = await Promise.all([
        readRecording(a, options),
        readRecording(b, selectedB(options)),
      ]);
      const reply = await withModel(options, async (model) => {
        const clipA = await clipOf(model.embedder, first);
        const clipB = await clipOf(model.embedder, second);
        const names = new Map([
          [clipA, a],
          [clipB, b],
        ]);
        const embedder = labelClipErrors(model.embedder, names);
        const input = { registry: NO_REGISTRY, clipA, clipB, far, mayLoosen: true, method };
        return compare({ ...model, ...NOTHING_STORED, ...bundledOnly(model), embedder }, input);
      });
      if (json) printJson({ a, b, ...Decision.parse(reply) });
      else print(compareText(lang, [a, b], reply));
      process.exitCode = exitOf(reply.decision);
    });
}

/**
 * What is selected of the second file: the same as of the first if no option says otherwise. A
 * segment goes before `firstSpeechSeconds`.
 */
const selectedB = ({ channelB, segmentB, ...same }: Options): Selected => ({
  ...same,
  ...(channelB !== undefined && { channel: channelB }),
  ...(segmentB && { segment: segmentB }),
});

type Model = Pick<Services, "clock" | "embedder" | "random"> & {
  cohorts: BundledCohorts;
  calibrations: BundledCalibrations;
};

/**
 * Makes a decision, and records it in the audit log of the registry that the options name, if that
 * exists. Creates no data folder.
 */
async function withModel(
  options: Options,
  decide: (model: Model) => Promise<DecisionReply>,
): Promise<DecisionReply> {
  const { data, table, registry: name, far } = options;
  if (table !== undefined || existsSync(data))
    return withServices(options, "model", async (services) => {
      const registry = (await services.registries.list()).find((one) => one.name === name);
      if (!registry) return decide(services);
      return auditedDecision(services, { registry, operation: "compare", far }, () => decide(services));
    });
  const { systemClock, systemRandom } = await import("../../lib/adapters/shared/world.ts");
  const bundle = await openActive(data, 0);
  try {
    return await decide({ ...bundle, clock: systemClock, random: systemRandom });
  } finally {
    await bundle.embedder.close();
  }
}

const NO_REGISTRY: Registry = {
  registryId: "reg_none",
  name: "none",
  suspended: false,
  settings: DEFAULT_SETTINGS,
};

const NOTHING_STORED: Pick<Services, "active" | "backgroundTasks" | "decisions" | "eventBus" | "webhooks"> = {
  eventBus: undefined,
  webhooks: {
    get: async () => undefined,
    list: async () => [],
    put: async () => undefined,
    remove: async () => undefined,
  },
  backgroundTasks: { add: async () => undefined, work: () => undefined },
  active: { get: async () => undefined, put: async () => undefined },
  decisions: {
    put: async () => undefined,
    get: async () => undefined,
    recent: async () => [],
    ofSpeaker: async () => [],
    change: async () => undefined,
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
    cohorts: {
      ...bundle.cohorts,
      ...none,
      owners: async () => [],
      forget: async () => 0,
      renew: async () => 0,
    },
    calibrations: { ...bundle.calibrations, ...none },
  };
};
