import type * as z from "zod";
import { AppError, type FieldError } from "../error.ts";
import type { Model } from "../ports/model.ts";
import { candidateFault } from "./candidate-line.ts";
import { activeFault, cohortFault } from "./check-settings.ts";
import { audioFault, speakerFault } from "./check-speaker.ts";
import {
  countLine,
  type EndLine,
  FORMAT,
  FORMAT_VERSION,
  type HeaderLine,
  Line,
  type LineCounts,
  noLines,
  type SpeakerLine,
} from "./format.ts";
import { lineOpener } from "./sealed-lines.ts";

/** A checked line and its number in the file, from 1. */
type NumberedLine = { number: number; line: Line };

const MOST_FAULTS = 20;

/**
 * Yields the valid lines of an export in order, and throws at the end if any line was invalid.
 * A caller that acts on a line before the generator ends acts on a file that may be damaged,
 * so an import reads the file twice.
 *
 * anyModel  accept voiceprints made by another model; their speakers need re-embedding
 * throws    `validation-failed` with one error per invalid line, 20 at most;
 *           `model-mismatch` if the file is from another model and `anyModel` is false
 */
export async function* checkedLines(
  model: Model,
  lines: AsyncIterable<string>,
  anyModel = false,
): AsyncGenerator<NumberedLine> {
  const open = lineOpener();
  const state = newState(model);
  const faults: FieldError[] = [];
  const addFault = (number: number, problem: string) =>
    faults.push({ pointer: `/lines/${number}`, detail: `Line ${number} ${problem}` });
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const opened = open(text);
    if (number === 1) requireFormatVersion(opened.value, opened.fault);
    const parsed = opened.fault === undefined ? Line.safeParse(opened.value) : undefined;
    const line = parsed?.data;
    if (line?.kind === "header" && number === 1 && !anyModel) requireSameModel(model, line);
    const fault = opened.fault ?? (line ? lineFault(line, number, state) : schemaFault(parsed?.error));
    if (fault) {
      addFault(number, fault);
      state.faulty = true;
    } else if (line?.kind === "end" && !state.faulty) {
      // After an earlier fault the counts are expected to differ.
      const wrongCounts = countsFault(line, state.counted);
      if (wrongCounts) addFault(number, wrongCounts);
    }
    if (line) remember(state, line);
    // A damaged end line is still an end: the file was not cut off.
    else if (text.startsWith('{"kind":"end"') && text.endsWith("}")) state.ended = true;
    if (faults.length >= MOST_FAULTS) break;
    if (line && !fault) yield { number, line };
  }
  if (number === 0) addFault(1, "is missing: the file is empty.");
  else if (!state.ended && faults.length < MOST_FAULTS)
    addFault(number + 1, "is missing: the file was cut off before its last line. Export or copy it again.");
  if (faults.length > 0)
    throw new AppError("validation-failed", faults.map(({ detail }) => detail).join(" "), { errors: faults });
}

type State = {
  model: Model;
  counted: LineCounts;
  /** Every "kind id" so far; ids must be unique, and `active` may only reference these. */
  ids: Set<string>;
  /** The speaker line that audio lines now belong to. */
  speaker: SpeakerLine | undefined;
  /** sha256 of each recording already read for that speaker. */
  recordings: Set<string>;
  ended: boolean;
  /** A line was invalid, so a later line may reference something that was on it. */
  faulty: boolean;
};

const newState = (model: Model): State => ({
  model,
  counted: noLines(),
  ids: new Set(),
  speaker: undefined,
  recordings: new Set(),
  ended: false,
  faulty: false,
});

function remember(state: State, line: Line): void {
  countLine(state.counted, line);
  if (line.kind === "end") state.ended = true;
  if (line.kind === "audio") return;
  state.speaker = line.kind === "speaker" ? line : undefined;
  state.recordings.clear();
}

function requireFormatVersion(value: unknown, fault: string | undefined): void {
  const { format, version } = (value ?? {}) as Record<string, unknown>;
  if (fault !== undefined || format !== FORMAT || version === FORMAT_VERSION) return;
  const detail =
    `Line 1 has format version ${JSON.stringify(version)}; ` +
    `this program reads version ${FORMAT_VERSION}. Use a newer Voiceroll.`;
  throw new AppError("validation-failed", detail, { errors: [{ pointer: "/lines/1/version", detail }] });
}

function requireSameModel(model: Model, { model: exported, audio }: HeaderLine): void {
  if (exported.id === model.modelId) return;
  const advice = audio
    ? "The file includes the recordings: import it with --any-model, then run `voiceroll models reembed` " +
      "to rebuild every voiceprint."
    : "The recordings are not in the file: with --any-model, every imported speaker would be " +
      "`needs-reenrollment`. Export again with --audio, or run that model here.";
  throw new AppError(
    "model-mismatch",
    `The file holds voiceprints made by ${exported.name} (${exported.id}); ` +
      `this service runs ${model.name} (${model.modelId}). ` +
      `Embeddings of different models can't be compared. ${advice}`,
  );
}

const schemaFault = (error: z.ZodError | undefined): string =>
  `is invalid: ${(error?.issues ?? [])
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".") || "the line"}: ${message}.`)
    .join(" ")}`;

/** What is wrong with a parsed line at its place in the file, or undefined. */
function lineFault(line: Line, number: number, state: State): string | undefined {
  if (state.ended) return "comes after the end line; remove it.";
  if (number === 1 && line.kind !== "header") return "is not a header; an export starts with one.";
  if (number > 1 && line.kind === "header") return "is a second header; remove it.";
  if (line.kind === "end") return undefined;
  if (line.kind === "audio")
    return state.faulty ? undefined : audioFault(line, state.speaker, state.recordings);
  return repetitionFault(line, state.ids) ?? contentFault(line, state);
}

function contentFault(line: Line, { model, ids, faulty }: State): string | undefined {
  if (line.kind === "active") return faulty ? undefined : activeFault(line, ids);
  const fault = faultOf(line, model);
  return fault && `is invalid: ${fault}`;
}

function faultOf(line: Line, model: Model): string | undefined {
  if (line.kind === "speaker") return speakerFault(line, model);
  if (line.kind === "cohort") return cohortFault(line, model);
  return line.kind === "candidate" ? candidateFault(line) : undefined;
}

function repetitionFault(line: Line, ids: Set<string>): string | undefined {
  for (const name of uniqueNames(line)) {
    if (ids.has(name)) return `repeats ${name}.`;
    ids.add(name);
  }
  return undefined;
}

function uniqueNames(line: Line): readonly string[] {
  if (line.kind === "speaker") return [`speaker ${line.id}`, `speaker uid ${line.uid}`];
  if (line.kind === "calibration") return [`calibration ${line.calibration.id}`];
  return "id" in line ? [`${line.kind} ${line.id}`] : [`the ${line.kind} line`];
}

function countsFault(end: EndLine, counted: LineCounts): string | undefined {
  const names = Object.keys(counted) as (keyof LineCounts)[];
  const wrong = names.filter((name) => end[name] !== counted[name]);
  if (wrong.length === 0) return undefined;
  const counts = wrong.map((name) => `${end[name]} ${name} where the file has ${counted[name]}`);
  return `states wrong counts: ${counts.join(", ")}.`;
}
