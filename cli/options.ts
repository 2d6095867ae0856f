import { type Command, InvalidArgumentError, Option } from "commander";
import { CLIP } from "../lib/audio/limits.ts";
import {
  type CalibrationId,
  type CandidateId,
  type CohortId,
  type GroupId,
  isCandidateId,
  parseGroupId,
  parseSpeakerId,
  type SpeakerId,
} from "../lib/id.ts";
import { PURPOSES, type Purpose } from "../lib/schema/purpose.ts";
import { METHODS } from "../lib/score/scoring/types.ts";

export type Lang = "en" | "zh";
/**
 * `table`: the DynamoDB table of a registry on AWS; undefined: the registry is in the folder
 * `data`.
 */
export type Globals = { data: string; table?: string; registry: string; json: boolean; lang: Lang };

/** Adds the options that every command accepts, before or after its name. */
export function addGlobals(program: Command, environment: NodeJS.ProcessEnv): Command {
  return program
    .option("--data <dir>", "folder of the registry (VOICEROLL_DATA)", environment.VOICEROLL_DATA ?? "data")
    .option(
      "--table <name>",
      "DynamoDB table of a registry on AWS (VOICEROLL_TABLE); the deployment prints the variables to set",
      environment.VOICEROLL_TABLE || undefined,
    )
    .option("--registry <name>", "name of the registry", "default")
    .option("--json", "print JSON", false)
    .addOption(
      new Option("--lang <lang>", "language of results, help and errors; JSON is always in English")
        .choices(["en", "zh"])
        .default("en"),
    );
}

export const farOption = () =>
  new Option(
    "--far <rate>",
    "false-accept rate of the decision, e.g. 0.01; default: the registry's",
  ).argParser(rate);

export const scoringOption = () =>
  new Option(
    "--scoring <method>",
    "scoring method; default: the active calibration's, or as-norm if it has none",
  ).choices(METHODS);

export const channelOption = () =>
  new Option("--channel <n>", "channel of a stereo file, counting from 0").argParser(wholeNumber(0, 63));

export const segmentOption = () =>
  new Option("--segment <start-end>", "use only these seconds of a recording of up to an hour, e.g. 12.5-31")
    .argParser(segment)
    .conflicts("firstSpeechSeconds");

/** For a second file, such as the other channel of a call. */
export const channelBOption = () =>
  new Option("--channel-b <n>", "channel of the second file, if it is another one").argParser(
    wholeNumber(0, 63),
  );

export const segmentBOption = () =>
  new Option("--segment-b <start-end>", "seconds of the second file, if they are others").argParser(segment);

export const firstSpeechOption = () =>
  new Option(
    "--first-speech-seconds <n>",
    "use only the first part of a recording with this many seconds of speech",
  ).argParser(speechSeconds);

function segment(text: string): { start: number; end: number } {
  const [start, end] = (/^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text) ?? []).slice(1).map(Number);
  const most = CLIP.maxSeconds;
  if (start !== undefined && end !== undefined && start < end && end - start <= most) return { start, end };
  throw new InvalidArgumentError(`Use the start and the end in seconds, at most ${most} s apart: 12.5-31.`);
}

function speechSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.5 && value <= CLIP.maxSeconds) return value;
  throw new InvalidArgumentError(`Use a number from 0.5 to ${CLIP.maxSeconds}.`);
}

export function speakerId(text: string): SpeakerId {
  const id = parseSpeakerId(text);
  if (id) return id;
  throw new InvalidArgumentError(
    "Use 1 to 128 letters, digits, '_', '.' and '-', starting with a letter or digit.",
  );
}

export function groupId(text: string): GroupId {
  const id = parseGroupId(text);
  if (id) return id;
  throw new InvalidArgumentError("Use letters, digits, '_', '.' and '-', starting with a letter or digit.");
}

export function candidateId(text: string): CandidateId {
  if (isCandidateId(text)) return text;
  throw new InvalidArgumentError("Use an ID that voiceroll candidates list prints.");
}

/** Parses a cohort's ID, or one of the words that a command accepts instead. */
export const cohortOr =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): CohortId | Word => {
    if (text.startsWith("coh_")) return `coh_${text.slice(4)}`;
    return wordAmong(words, text, "coh_");
  };

/** Parses a calibration's ID, or one of the words that a command accepts instead. */
export const calibrationOr =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): CalibrationId | Word => {
    if (text.startsWith("cal_")) return `cal_${text.slice(4)}`;
    return wordAmong(words, text, "cal_");
  };

function wordAmong<Word extends string>(words: readonly Word[], text: string, prefix: string): Word {
  const found = words.find((word) => word === text);
  if (found) return found;
  throw new InvalidArgumentError([`Use an ID that starts with ${prefix}`, ...words].join(", or "));
}

export function rate(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1) return value;
  throw new InvalidArgumentError("Use a number between 0 and 1, e.g. 0.01.");
}

/** Parses purposes, in the order of PURPOSES. */
export function purposeList(text: string): Purpose[] {
  const named = text.split(",").map((one) => one.trim());
  const known = PURPOSES.filter((one) => named.includes(one));
  if (known.length === new Set(named).size) return known;
  throw new InvalidArgumentError(`Use some of ${PURPOSES.join(", ")}, separated by commas.`);
}

/** Parses an RFC 3339 date (its first moment in UTC) or time. */
export function moment(text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(time.getTime())) return time;
  throw new InvalidArgumentError("Use a date such as 2031-01-31 or a time such as 2031-01-31T12:00:00Z.");
}

export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Use a whole number from ${from} to ${to}.`);
  };

/** Parses a text of 1 to `most` characters. */
export const shortText =
  (most: number) =>
  (text: string): string => {
    if (text.length >= 1 && text.length <= most) return text;
    throw new InvalidArgumentError(`Use 1 to ${most} characters.`);
  };
