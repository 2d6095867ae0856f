import { createHash } from "node:crypto";
import type * as z from "zod";
import { AppError, type FieldError } from "../error.ts";
import type { Services } from "../ports.ts";
import { decodeInt32 } from "../score/codec.ts";
import { type ClipPart, type EndLine, type HeaderLine, Line, type SpeakerLine } from "./export-format.ts";
import { openLine, totalOf } from "./sealed-line.ts";

/** A line that was checked, and its place in the file, from 1. */
export type Numbered<L extends Line = Line> = { number: number; line: L };

const MOST_FAULTS = 20;
const ONE = 2 ** 28;
/** Rounding each of 1,000 components moves the length by 1e-8 at most; another normalisation by float32's 1e-7. */
const LENGTH_TOLERANCE = 1e-4;

/**
 * Reads an export once, line by line, and gives what it holds; the caller may act on nothing before the end, where a file
 * that was cut off, has a line that was changed, or holds another model's vectors is refused. The message names each line.
 *
 * throws `validation-failed`; `model-mismatch` where the whole file is another model's
 */
export async function* checkedLines(
  { embedder }: Pick<Services, "embedder">,
  lines: AsyncIterable<string>,
): AsyncGenerator<Numbered> {
  const total = totalOf();
  const counts = { speakers: 0, clips: 0, groups: 0 };
  const ids = new Map<string, number>();
  const faults: FieldError[] = [];
  let [number, ended] = [0, false];
  for await (const text of lines) {
    number += 1;
    const before = total.digest();
    const { line, fault } = ended ? extra() : read(text, number, total);
    if (number === 1 && line?.kind === "header") refuseModel(embedder, line);
    const why = line ? faultOf(line, { number, embedder, ids, counts, total: before }) : fault;
    if (why) faults.push({ pointer: `/lines/${number}`, detail: `Line ${number}: ${why}` });
    if (faults.length >= MOST_FAULTS) break;
    if (line?.kind === "end") ended = true;
    if (line && !why) yield { number, line };
  }
  if (!ended && faults.length < MOST_FAULTS)
    faults.push({
      pointer: `/lines/${number + 1}`,
      detail: `The file ends after line ${number}, without its last line: it was cut off. Export or copy it again.`,
    });
  if (faults.length > 0)
    throw new AppError("validation-failed", faults.map(({ detail }) => detail).join(" "), { errors: faults });
}

const extra = (): { line?: Line; fault: string } => ({
  fault: "stands after the end; take it out.",
});

function read(
  text: string,
  number: number,
  total: ReturnType<typeof totalOf>,
): { line?: Line; fault?: string } {
  const opened = openLine(text);
  if (!opened)
    return { fault: "was changed or damaged: its checksum does not fit. Export or copy the file again." };
  total.add(opened.sha256);
  const parsed = Line.safeParse(opened.value);
  if (!parsed.success) return { fault: said(parsed.error) };
  const { kind } = parsed.data;
  if ((number === 1) !== (kind === "header"))
    return { fault: number === 1 ? "is no header; the file begins with one." : "is a second header." };
  return { line: parsed.data };
}

const said = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join(".") || "it"}: ${message}.`)
    .join(" ");

function refuseModel({ model }: Services["embedder"], { model: made }: HeaderLine): void {
  if (made.id === model.modelId) return;
  throw new AppError(
    "model-mismatch",
    `The file holds vectors of the model ${made.name} (${made.id}); this service runs ${model.name} (${model.modelId}). ` +
      "Vectors of two models never meet: run that model here, or enrol again from recordings.",
  );
}

type Known = {
  number: number;
  embedder: Services["embedder"];
  ids: Map<string, number>;
  counts: { speakers: number; clips: number; groups: number };
  total: string;
};

/** What no schema sees: another model, a name twice, wrong vectors, a wrong sum. */
function faultOf(line: Line, known: Known): string | undefined {
  const { number, ids, counts } = known;
  if (line.kind === "header") return undefined;
  if (line.kind === "end") return endFault(line, known);
  const key = `${line.kind} ${line.id}`;
  const before = ids.get(key);
  if (before !== undefined) return `has the ${key} of line ${before} again.`;
  ids.set(key, number);
  counts[line.kind === "group" ? "groups" : "speakers"] += 1;
  if (line.kind === "group") return undefined;
  counts.clips += line.clips.length;
  return speakerFault(line, known.embedder);
}

function endFault({ total, ...told }: z.infer<typeof EndLine>, known: Known): string | undefined {
  const { speakers, clips, groups } = known.counts;
  if (told.speakers !== speakers || told.clips !== clips || told.groups !== groups)
    return `tells of ${told.speakers} speakers, ${told.clips} clips and ${told.groups} groups; there are ${speakers}, ${clips} and ${groups}. Lines are missing or too many.`;
  return total === known.total
    ? undefined
    : "does not seal the lines before it: some were exchanged or moved.";
}

function speakerFault(line: SpeakerLine, { model }: Services["embedder"]): string | undefined {
  if (line.model !== model.modelId)
    return `${line.id} has vectors of another model (${line.model}). Rebuild them where they come from (voiceroll models reembed) and export again.`;
  const seen = new Set<string>();
  for (const [i, clip] of line.clips.entries()) {
    const why = clipFault(clip, model.dimension);
    if (why) return `clip ${i + 1} of ${line.id} ${why}`;
    const sha256 = audioHashOf(clip);
    if (seen.size === seen.add(sha256).size) return `clip ${i + 1} of ${line.id} is there twice.`;
  }
  if (line.optedOut && line.clips.length > 0) return `${line.id} has opted out and has clips.`;
  return undefined;
}

function clipFault(clip: ClipPart, dimension: number): string | undefined {
  const bytes = Buffer.from(clip.embedding, "base64");
  if (bytes.length !== 4 * dimension)
    return `has an embedding of ${bytes.length} bytes; ${dimension} Int32 values are ${4 * dimension}.`;
  const length = Math.hypot(...decodeInt32(bytes)) / ONE;
  if (!(Math.abs(length - 1) < LENGTH_TOLERANCE))
    return `has an embedding of length ${length.toPrecision(6)}; it must be 1, at scale 2^28.`;
  if (clip.audio === null) return undefined;
  const sha256 = createHash("sha256").update(Buffer.from(clip.audio, "base64")).digest("hex");
  return sha256 === clip.audioSha256 ? undefined : "has a recording with another sha256 than is stated.";
}

/** What stands for the recording where there is none. */
export const audioHashOf = ({ audioSha256, embedding }: ClipPart): string =>
  audioSha256 ?? createHash("sha256").update(Buffer.from(embedding, "base64")).digest("hex");
