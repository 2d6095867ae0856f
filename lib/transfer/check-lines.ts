import type * as z from "zod";
import { AppError, type FieldError } from "../error.ts";
import type { Model } from "../ports/model.ts";
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

/** A line that was checked, and its place in the file, from 1. */
export type Numbered = { number: number; line: Line };

const MOST_FAULTS = 20;

/**
 * Reads an export once, line by line, and gives what it holds. Who acts on a line before the last has been given acts on a
 * file that may prove damaged: so an import reads it twice. The message names each line that is wrong.
 *
 * anyModel  take voices of other models than the running one, as they are: their speakers will need to be re-embedded
 * throws `validation-failed`; `model-mismatch` where the file is another model's
 */
export async function* checkedLines(
  model: Model,
  lines: AsyncIterable<string>,
  anyModel = false,
): AsyncGenerator<Numbered> {
  const open = lineOpener();
  const state = newState(model);
  const faults: FieldError[] = [];
  const tell = (number: number, why: string) =>
    faults.push({ pointer: `/lines/${number}`, detail: `Line ${number} ${why}` });
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const opened = open(text);
    if (number === 1) refuseForeign(opened.value, opened.fault);
    const parsed = opened.fault === undefined ? Line.safeParse(opened.value) : undefined;
    const line = parsed?.data;
    if (line?.kind === "header" && number === 1 && !anyModel) refuseModel(model, line);
    const why = opened.fault ?? (line ? placeFault(line, number, state) : said(parsed?.error));
    // Behind another fault the counts say nothing new.
    if (line?.kind === "end" && !why && !state.faulty) {
      const short = endFault(line, state.counted);
      if (short) tell(number, short);
    }
    if (why) tell(number, why);
    if (why) state.faulty = true;
    if (line) remember(state, line);
    // The end is damaged, but nothing was cut off.
    else if (text.startsWith('{"kind":"end"') && text.endsWith("}")) state.ended = true;
    if (faults.length >= MOST_FAULTS) break;
    if (line && !why) yield { number, line };
  }
  if (number === 0) tell(1, "is not there: the file is empty.");
  else if (!state.ended && faults.length < MOST_FAULTS)
    tell(number + 1, "is missing: the file was cut off before its last line. Export or copy it again.");
  if (faults.length > 0)
    throw new AppError("validation-failed", faults.map(({ detail }) => detail).join(" "), { errors: faults });
}

type State = {
  model: Model;
  counted: LineCounts;
  /** Everything that was named so far, by its kind and id. */
  ids: Set<string>;
  speaker: SpeakerLine | undefined;
  recordings: Set<string>;
  ended: boolean;
  /** A line was wrong: what later lines refer to may have stood there. */
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

function refuseForeign(value: unknown, fault: string | undefined): void {
  const { format, version } = (value ?? {}) as Record<string, unknown>;
  const detail =
    fault === undefined && format === FORMAT && version !== FORMAT_VERSION
      ? `Line 1 is of version ${JSON.stringify(version)} of the format; this program reads version ${FORMAT_VERSION}. Use a newer Voiceroll.`
      : undefined;
  if (detail)
    throw new AppError("validation-failed", detail, { errors: [{ pointer: "/lines/1/version", detail }] });
}

function refuseModel(model: Model, { model: made, audio }: HeaderLine): void {
  if (made.id === model.modelId) return;
  const then = audio
    ? "The recordings are in the file: import it with --any-model, then `voiceroll models reembed` rebuilds every voiceprint."
    : "The recordings are not in the file: imported with --any-model every speaker would be `needs-reenrollment`. Export again with --audio, or run that model here.";
  throw new AppError(
    "model-mismatch",
    `The file holds voiceprints of ${made.name} (${made.id}); this service runs ${model.name} (${model.modelId}). Vectors of two models never meet. ${then}`,
  );
}

const said = (error: z.ZodError | undefined): string =>
  (error?.issues ?? [])
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".") || "as a whole"}: ${message}.`)
    .join(" ");

/** What is wrong with a line where it stands. */
function placeFault(line: Line, number: number, state: State): string | undefined {
  if (state.ended) return "stands after the end; take it out.";
  if ((number === 1) !== (line.kind === "header"))
    return number === 1 ? "is no header; an export begins with one." : "is a second header.";
  if (line.kind === "end") return undefined;
  if (line.kind === "audio")
    return state.faulty ? undefined : audioFault(line, state.speaker, state.recordings);
  return repeated(line, state.ids) ?? contentFault(line, state);
}

function contentFault(line: Line, { model, ids, faulty }: State): string | undefined {
  if (line.kind === "speaker") return speakerFault(line, model);
  if (line.kind === "cohort") return cohortFault(line, model);
  return line.kind === "active" && !faulty ? activeFault(line, ids) : undefined;
}

function repeated(line: Line, ids: Set<string>): string | undefined {
  const names =
    line.kind === "speaker"
      ? [`speaker ${line.id}`, `speaker's uid ${line.uid}`]
      : line.kind === "calibration"
        ? [`calibration ${line.calibration.id}`]
        : "id" in line
          ? [`${line.kind} ${line.id}`]
          : [line.kind];
  const twice = names.find((name) => ids.size === ids.add(name).size);
  return twice && `has the ${twice} again.`;
}

function endFault(told: EndLine, counted: LineCounts): string | undefined {
  const wrong = (Object.keys(counted) as (keyof LineCounts)[]).filter((key) => told[key] !== counted[key]);
  if (wrong.length === 0) return undefined;
  return `tells of ${wrong.map((key) => `${told[key]} ${key} where there are ${counted[key]}`).join(", ")}.`;
}
