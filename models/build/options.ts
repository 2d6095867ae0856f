import { basename } from "node:path";
import { parseArgs } from "node:util";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { type CohortChoice, VOICES } from "./cohort.ts";

export type BuildOptions = {
  speech: string;
  model: string;
  name: string;
  workers: number;
  cache: string | undefined;
  cohort: CohortChoice;
  topN: number;
  subtractMean: boolean;
  minSpeechSeconds: number;
  description: string | undefined;
};

/** See docs/experiments.md for how these were chosen. */
const DEFAULTS = { voices: "calls", "per-corpus": "60", "top-n": "50", workers: "2", "min-speech": "0.3" };

/** Parses the command line. Throws RangeError with the name of an invalid option. */
export function buildOptions(args: readonly string[]): BuildOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      speech: { type: "string" },
      model: { type: "string", default: BUNDLED_MODEL },
      cache: { type: "string" },
      description: { type: "string" },
      "subtract-mean": { type: "boolean", default: false },
      "per-corpus": { type: "string", default: DEFAULTS["per-corpus"] },
      "top-n": { type: "string", default: DEFAULTS["top-n"] },
      voices: { type: "string", default: DEFAULTS.voices },
      workers: { type: "string", default: DEFAULTS.workers },
      "min-speech": { type: "string", default: DEFAULTS["min-speech"] },
    },
  });
  if (!values.speech) throw new RangeError("--speech DIR is required");
  return {
    speech: values.speech,
    model: values.model,
    name: basename(values.model),
    workers: positive("workers", values.workers),
    cache: values.cache,
    cohort: {
      voices: oneOf("voices", VOICES, values.voices),
      perCorpus: values["per-corpus"] === "all" ? undefined : positive("per-corpus", values["per-corpus"]),
    },
    topN: positive("top-n", values["top-n"]),
    subtractMean: values["subtract-mean"],
    minSpeechSeconds: Number(values["min-speech"]),
    description: values.description,
  };
}

function oneOf<T extends string>(name: string, all: readonly T[], text: string): T {
  const found = all.find((one) => one === text);
  if (!found) throw new RangeError(`--${name} must be one of ${all.join(", ")}, not ${text}`);
  return found;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number of at least 1, not ${text}`);
  return value;
}
