import { type Command, InvalidArgumentError } from "commander";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { badInput } from "../../lib/input-file.ts";
import type { Registry, RegistrySettings } from "../../lib/ports/registry.ts";
import { type Globals, rate, wholeNumber } from "../options.ts";
import { print, printJson, table } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";

type SetOptions = Globals & {
  enrollSeconds?: number;
  far?: number | "default";
  consentRequired?: boolean;
  refuseMultipleSpeakers?: boolean;
  requestsPerMinute?: number | "none";
  suspended?: boolean;
};

export function addRegistry(program: Command): void {
  const registry = program.command("registry").description("a registry's settings");
  registry
    .command("show")
    .description("print them")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      tell(options, await withServices(options, "none", (services) => registryNamed(services, options)));
    });
  registry
    .command("set")
    .description("change them; what is not named stays as it is")
    .option("--enroll-seconds <s>", "net speech after which a speaker counts as enrolled", seconds)
    .option(
      "--far <rate>",
      'operating point where a request names none, or "default"',
      orWord("default", rate),
    )
    .option("--consent-required <yes|no>", "refuse to enroll without consent", yesNo)
    .option("--refuse-multiple-speakers <yes|no>", "refuse clips that seem to hold several voices", yesNo)
    .option("--requests-per-minute <n>", 'of one key, or "none"', orWord("none", wholeNumber(1, 1_000_000)))
    .option("--suspended <yes|no>", "refuse every request to this registry", yesNo)
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<SetOptions>();
      const { suspended } = options;
      const settings = settingsOf(options);
      if (suspended === undefined && Object.keys(settings).length === 0)
        throw badInput("Name a setting to change; voiceroll registry set --help lists them.");
      const changed = await withServices(options, "none", async (services) => {
        const { registryId } = await ensureRegistry(services, options.registry);
        return updateRegistry(services, {
          registryId,
          settings,
          ...(suspended === undefined ? {} : { suspended }),
        });
      });
      tell(options, changed);
    });
}

/** Only what was named. */
function settingsOf(options: SetOptions): Partial<RegistrySettings> {
  const { enrollSeconds, far, consentRequired, refuseMultipleSpeakers, requestsPerMinute } = options;
  return {
    ...(enrollSeconds === undefined ? {} : { enrollSpeechSeconds: enrollSeconds }),
    ...(far === undefined ? {} : { far: far === "default" ? undefined : far }),
    ...(consentRequired === undefined ? {} : { consentRequired }),
    ...(refuseMultipleSpeakers === undefined ? {} : { refuseMultipleSpeakers }),
    ...(requestsPerMinute === undefined
      ? {}
      : { requestsPerMinute: requestsPerMinute === "none" ? undefined : requestsPerMinute }),
  };
}

function tell({ json }: Globals, { registryId, name, suspended, settings }: Registry): void {
  const far = settings.far ?? null;
  const requestsPerMinute = settings.requestsPerMinute ?? null;
  const view = { registryId, name, suspended, ...settings, far, requestsPerMinute };
  if (json) printJson(view);
  else
    print(
      table(Object.entries(view).map(([key, value]) => [key, value === null ? "not set" : String(value)])),
    );
}

function yesNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidArgumentError("Say yes or no.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 1 && value <= 600) return value;
  throw new InvalidArgumentError("Give seconds from 1 to 600.");
}

const orWord =
  <Word extends string>(word: Word, parse: (text: string) => number) =>
  (text: string): number | Word =>
    text === word ? word : parse(text);
