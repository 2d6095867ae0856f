import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import { MIN_VOICES, usualTopN } from "../domain/cohort/record.ts";
import { AppError } from "../error.ts";
import { badInput, readInput } from "../input-file.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { EMBEDDING, unmeasuredQuality, vectorOf } from "../transfer/embedding-lines.ts";
import { textLines } from "../transfer/text-lines.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";
import type { NamedClip } from "./named-clips.ts";

/** A clip's embedding by any model, or a row of the cohort. */
const GivenLine = z.union([
  z.strictObject({
    clip: z.string().min(1),
    embedding: EMBEDDING,
    speechSeconds: z.number().positive().max(36_000).optional(),
    bandwidth: z.enum(["wide", "telephone"]).optional(),
  }),
  z.strictObject({ cohort: z.string().min(1), embedding: EMBEDDING }),
]);

/** What another model made of the clips of a list: no clip is heard. */
export type GivenEmbeddings = {
  file: string;
  /** By the path in the file. */
  clips: ReadonlyMap<string, EmbeddedClip>;
  /** From the file's `cohort` lines; undefined without any: cosine only. */
  cohort: Cohort | undefined;
  /** Every clip says how much speech it has: else no parts by duration and bandwidth. */
  measured: boolean;
};

const MAX_LINE_BYTES = 1024 * 1024;

/** Throws `validation-failed`, naming file and line. */
export async function readGivenEmbeddings(file: string): Promise<GivenEmbeddings> {
  const clips = new Map<string, EmbeddedClip>();
  const rows: UnitVector[] = [];
  let [number, measured] = [0, true];
  let dimension: number | undefined;
  // Said as for any other file that cannot be read; what it holds is then read as a stream.
  await readInput(file);
  for await (const text of textLines(createReadStream(file), MAX_LINE_BYTES)) {
    number += 1;
    if (text.trim() === "") continue;
    const line = parseLine(text, `${file}:${number}`);
    const voice = givenVector(line.embedding, dimension, `${file}:${number}`);
    dimension = voice.length;
    if ("cohort" in line) rows.push(voice);
    else if (clips.has(line.clip)) throw badInput(`${file}:${number}: ${line.clip} is there twice.`);
    else clips.set(line.clip, embeddedOf(line, voice));
    if (!("cohort" in line) && line.speechSeconds === undefined) measured = false;
  }
  if (clips.size === 0) throw badInput(`${file} has no embedding of a clip.`);
  return { file, clips, cohort: cohortOf(rows, file), measured };
}

/** Those of the list's clips, by absolute path; each must be there. */
export function embeddingsFor(
  { file, clips }: GivenEmbeddings,
  named: Iterable<NamedClip>,
  root: string,
): Map<string, EmbeddedClip> {
  const byPath = new Map([...clips].map(([path, embedded]) => [resolve(root, path), embedded]));
  const found = new Map<string, EmbeddedClip>();
  for (const { path, label } of named) {
    const embedded = byPath.get(path);
    if (!embedded)
      throw badInput(`${label}: ${file} has no embedding of it; paths there are as in the list.`);
    found.set(path, embedded);
  }
  return found;
}

function parseLine(text: string, where: string): z.infer<typeof GivenLine> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badInput(`${where}: is no JSON object.`);
  }
  const parsed = GivenLine.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badInput(
    `${where}: is neither {"clip", "embedding", "speechSeconds"?, "bandwidth"?} nor {"cohort", "embedding"}.`,
  );
}

function givenVector(
  given: z.infer<typeof EMBEDDING>,
  dimension: number | undefined,
  where: string,
): UnitVector {
  try {
    return vectorOf(given, dimension);
  } catch (error) {
    throw error instanceof AppError ? badInput(`${where}: ${error.message}`) : error;
  }
}

function embeddedOf(
  line: { speechSeconds?: number | undefined; bandwidth?: "telephone" | "wide" | undefined },
  embedding: UnitVector,
): EmbeddedClip {
  const { speechSeconds = 0, bandwidth = "wide" } = line;
  return { embedding, quality: unmeasuredQuality(speechSeconds, bandwidth) };
}

function cohortOf(voices: readonly UnitVector[], file: string): Cohort | undefined {
  const [first] = voices;
  if (!first) return undefined;
  const size = voices.length;
  if (size < MIN_VOICES)
    throw badInput(`${file} has ${size} cohort lines; ${MIN_VOICES} voices are needed, or none at all.`);
  const dimension = first.length;
  const rows = new Float32Array(size * dimension);
  for (const [i, voice] of voices.entries()) rows.set(voice, i * dimension);
  return { id: "coh_given", modelId: "mdl_given", size, dimension, topN: usualTopN(size), rows };
}
