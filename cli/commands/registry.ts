import { type Command, InvalidArgumentError, Option } from "commander";
import { audited, settingDetails } from "../../lib/domain/audit/record.ts";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { MOST_REPLAY_DAYS } from "../../lib/domain/registry/replay-settings.ts";
import { badInput } from "../../lib/input-file.ts";
import { isOrigin, listed } from "../../lib/origins.ts";
import { PROBE_ACTIONS } from "../../lib/ports/registry.ts";
import { type Globals, purposeList, rate, wholeNumber } from "../options.ts";
import { type SetOptions, seconds, settingsOf, spoofScore } from "../registry-options.ts";
import { printRegistry } from "../registry-text.ts";
import { registryNamed, withServices } from "../services.ts";
import { addDropAudio } from "./registry-drop-audio.ts";
import { addRekey } from "./registry-rekey.ts";
import { addReport } from "./registry-report.ts";
import { addSweep } from "./registry-sweep.ts";

export function addRegistry(program: Command): void {
  const registry = program.command("registry").description("manage the settings of a registry");
  addShow(registry);
  addSet(registry);
  addDropAudio(registry);
  addRekey(registry);
  addSweep(registry);
  addReport(registry);
}

function addShow(registry: Command): void {
  registry
    .command("show")
    .description("print the settings")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      printRegistry(
        options,
        await withServices(options, "none", (services) => registryNamed(services, options)),
      );
    });
}

function addSet(registry: Command): void {
  registry
    .command("set")
    .description("change the settings that you name; the others stay as they are")
    .option("--enroll-seconds <s>", "seconds of net speech after which a speaker counts as enrolled", seconds)
    .option(
      "--far <rate>",
      'false-accept rate for requests that name none; "default" resets it',
      wordOr("default", rate),
    )
    .option("--consent-required <yes|no>", "reject enrollments without consent", yesNo)
    .option(
      "--required-purposes <list>",
      'uses of a voice that need a recorded consent, separated by commas; "none" for none',
      wordOr("none", purposeList),
    )
    .option(
      "--keep-consent-proofs <yes|no>",
      "keep a proof without names of an erased person's consents",
      yesNo,
    )
    .option(
      "--spoof-warning <score>",
      'warn of decisions whose spoof score is lower; "off" for no warning',
      wordOr("off", spoofScore),
    )
    .option("--challenge-required <yes|no>", "reject verifications without a challenge", yesNo)
    .option(
      "--refuse-multiple-speakers <yes|no>",
      "reject clips to enroll that appear to contain more than one speaker",
      yesNo,
    )
    .option("--keep-audio <yes|no>", "store recordings; no: only embeddings and quality", yesNo)
    .option(
      "--speaker-days <n>",
      'days after the last enrollment when a speaker without a date of its own expires; "none": never',
      wordOr("none", wholeNumber(1, 36_500)),
    )
    .option("--decision-days <n>", "days for which decisions are kept", wholeNumber(1, 36_500))
    .option(
      "--speaker-history <yes|no>",
      "list decisions by speaker as well; costs a write each on AWS",
      yesNo,
    )
    .option(
      "--cors-origins <list>",
      'origins of the web pages that may send requests, separated by commas; "all": those of the deployment',
      origins,
    )
    .option(
      "--candidate-voices <yes|no>",
      "keep strangers of diarized recordings as candidate voices; ask first what the law requires",
      yesNo,
    )
    .option(
      "--candidate-days <n>",
      "days after a candidate voice was last heard when it expires",
      wholeNumber(1, 3650),
    )
    .option("--decision-events <yes|no>", "make each decision an event for webhooks", yesNo)
    .option(
      "--requests-per-minute <n>",
      'limit for each key; "none" removes the limit',
      wordOr("none", wholeNumber(1, 1_000_000)),
    )
    .addOption(
      new Option("--audit <what>", "operations in the audit log: changes, or all with decisions").choices([
        "changes",
        "all",
      ]),
    )
    .option(
      "--pause-after-rejects <n>",
      'rejects in a row for one speaker by one caller; "off" switches the pause off',
      wordOr("off", wholeNumber(1, 1000)),
    )
    .option(
      "--speaker-pause-after-rejects <n>",
      'rejects in a row for one speaker by all callers; "off" switches the pause off',
      wordOr("off", wholeNumber(1, 1000)),
    )
    .option(
      "--pause-after-misses <n>",
      'searches in a row without a match by one caller; "off" switches the pause off',
      wordOr("off", wholeNumber(1, 10_000)),
    )
    .option(
      "--pause-seconds <s>",
      "the first pause; it doubles with each further reject",
      wholeNumber(1, 86_400),
    )
    .option("--longest-pause-seconds <s>", "the longest pause", wholeNumber(1, 86_400))
    .addOption(
      new Option("--replay <action>", "what happens to a copy of a known recording").choices(PROBE_ACTIONS),
    )
    .option(
      "--replay-days <n>",
      'days for which fingerprints of accepted probes are kept; "off" keeps none',
      wordOr("off", wholeNumber(1, MOST_REPLAY_DAYS)),
    )
    .addOption(
      new Option(
        "--mixed-probes <action>",
        "what happens to a probe that appears to contain more than one speaker",
      ).choices(PROBE_ACTIONS),
    )
    .option("--embeddings <yes|no>", "hand out embeddings and accept them as probes", yesNo)
    .option("--suspended <yes|no>", "reject every request to this registry", yesNo)
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<SetOptions>();
      const { suspended } = options;
      const settings = settingsOf(options, new Date());
      if (suspended === undefined && Object.keys(settings).length === 0)
        throw badInput("Name at least one setting to change. voiceroll registry set --help lists them.");
      const changed = await withServices(options, "none", async (services) => {
        const { registryId } = await ensureRegistry(services, options.registry);
        const changes = suspended === undefined ? {} : { suspended };
        const details = { ...settingDetails(settings), ...changes };
        return audited(services, { registryId, operation: "updateRegistry", details }, () =>
          updateRegistry(services, { registryId, settings, ...changes }),
        );
      });
      printRegistry(options, changed);
    });
}

function origins(text: string): string[] | "all" {
  if (text === "all") return text;
  const given = listed(text);
  if (given.every(isOrigin)) return given;
  throw new InvalidArgumentError(
    'Use origins such as https://app.example.com, separated by commas, or "all".',
  );
}

function yesNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidArgumentError("Use yes or no.");
}

/** Parses a value, or accepts one word instead. */
const wordOr =
  <Word extends string, Value>(word: Word, parse: (text: string) => Value) =>
  (text: string): Value | Word =>
    text === word ? word : parse(text);
