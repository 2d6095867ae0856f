import { type Command, InvalidArgumentError, Option } from "commander";
import { type GroupId, parseGroupId, parseSpeakerId, type SpeakerId } from "../lib/id.ts";
import { METHODS } from "../lib/score/scoring/types.ts";

export type Lang = "en" | "zh";
/** `table`: the registry is on AWS; else it is in the folder `data`. */
export type Globals = { data: string; table?: string; registry: string; json: boolean; lang: Lang };

/** Options that every command takes, before or after its name. */
export function addGlobals(program: Command, environment: NodeJS.ProcessEnv): Command {
  return program
    .option(
      "--data <dir>",
      "where the registry is kept (VOICEROLL_DATA)",
      environment.VOICEROLL_DATA ?? "data",
    )
    .option(
      "--table <name>",
      "the registry on AWS: its table (VOICEROLL_TABLE); the deployment prints it with the other variables",
      environment.VOICEROLL_TABLE || undefined,
    )
    .option("--registry <name>", "which registry", "default")
    .option("--json", "print JSON, for programs", false)
    .addOption(
      new Option("--lang <lang>", "language of the answers of compare, verify and identify")
        .choices(["en", "zh"])
        .default("en"),
    );
}

export const farOption = () =>
  new Option("--far <rate>", "false-accept rate to decide at, e.g. 0.01; default: the registry's").argParser(
    rate,
  );

export const scoringOption = () =>
  new Option("--scoring <method>", "how to score; default: as calibrated, by the model as-norm").choices(
    METHODS,
  );

export const channelOption = () =>
  new Option("--channel <n>", "which channel of a stereo file, from 0").argParser(wholeNumber(0, 63));

export function speakerId(text: string): SpeakerId {
  const id = parseSpeakerId(text);
  if (id) return id;
  throw new InvalidArgumentError(
    "An id has 1 to 128 letters, digits, '_', '.' and '-', and begins with a letter or digit.",
  );
}

export function groupId(text: string): GroupId {
  const id = parseGroupId(text);
  if (id) return id;
  throw new InvalidArgumentError("A group's id is like a speaker's: letters, digits, '_', '.' and '-'.");
}

export function rate(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1) return value;
  throw new InvalidArgumentError("Give a number between 0 and 1, e.g. 0.01.");
}

export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`);
  };
