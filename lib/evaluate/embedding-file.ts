import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import { BANDWIDTHS } from "../audio/types.ts";
import { MIN_VOICES, usualTopN } from "../domain/cohort/record.ts";
import { AppError } from "../error.ts";
import { badInput, readInput } from "../input-file.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { EMBEDDING, unmeasuredQuality, vectorOf } from "../transfer/embedding-lines.ts";
import { textLines } from "../transfer/text-lines.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";
import type { NamedClip } from "./named-clips.ts";

/** A clip's embedding by any model, or one voice of the cohort. */
const EmbeddingLine = z.union([
  z.strictObject({
    clip: z.string().min(1),
    embedding: EMBEDDING,
    speechSeconds: z.number().positive().max(36_000).optional(),
    bandwidth: z.enum(BANDWIDTHS).optional(),
  }),
  z.strictObject({ cohort: z.string().min(1), embedding: EMBEDDING }),
]);

/** Embeddings that another model made, so that no clip has to be embedded. */
export type EmbeddingFile = {
  file: string;
  /** Keyed by the path as the file gives it. */
  clips: ReadonlyMap<string, EmbeddedClip>;
  /** From the `cohort` lines. Without any it is undefined, and only cosine is measured. */
  cohort: Cohort | undefined;
  /**
   * True if every clip has `speechSeconds`. Otherwise there are no parts by duration and bandwidth.
   */
  hasSpeechSeconds: boolean;
};

const MAX_LINE_BYTES = 1024 * 1024;

/** Reads a file of embeddings. Rejects with `validation-failed` and the line number. */
export async function readEmbeddingFile(file: string): Promise<EmbeddingFile> {
  const clips = new Map<string, EmbeddedClip>();
  const cohortVoices: UnitVector[] = [];
  let lineNumber = 0;
  let hasSpeechSeconds = true;
  let dimension: number | undefined;
  // A read stream would report a missing file as an internal error.
  await readInput(file);
  for await (const text of textLines(createReadStream(file), MAX_LINE_BYTES)) {
    lineNumber += 1;
    if (text.trim() === "") continue;
    const where = `${file}:${lineNumber}`;
    const line = parseLine(text, where);
    const voice = unitVector(line.embedding, dimension, where);
    dimension = voice.length;
    if ("cohort" in line) {
      cohortVoices.push(voice);
      continue;
    }
    if (clips.has(line.clip)) throw badInput(`${where}: ${line.clip} already has an embedding.`);
    clips.set(line.clip, embeddedOf(line, voice));
    if (line.speechSeconds === undefined) hasSpeechSeconds = false;
  }
  if (clips.size === 0) throw badInput(`${file} has no embeddings of clips.`);
  return { file, clips, cohort: cohortOf(cohortVoices, file), hasSpeechSeconds };
}

/** Returns the embeddings of the list's clips by absolute path. Throws if a clip has none. */
export function embeddingsFor(
  { file, clips }: EmbeddingFile,
  named: Iterable<NamedClip>,
  root: string,
): Map<string, EmbeddedClip> {
  const byPath = new Map([...clips].map(([path, embedded]) => [resolve(root, path), embedded]));
  const embeddings = new Map<string, EmbeddedClip>();
  for (const { path, label } of named) {
    const embedded = byPath.get(path);
    if (!embedded)
      throw badInput(`${label}: ${file} has no embedding of this clip. Use the same paths as in the list.`);
    embeddings.set(path, embedded);
  }
  return embeddings;
}

function parseLine(text: string, where: string): z.infer<typeof EmbeddingLine> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badInput(`${where}: The line is not a JSON object.`);
  }
  const parsed = EmbeddingLine.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badInput(
    `${where}: Write each line as {"clip", "embedding", "speechSeconds"?, "bandwidth"?} ` +
      'or {"cohort", "embedding"}.',
  );
}

function unitVector(
  embedding: z.infer<typeof EMBEDDING>,
  dimension: number | undefined,
  where: string,
): UnitVector {
  try {
    return vectorOf(embedding, dimension);
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
    throw badInput(
      `${file} has ${size} cohort lines. A cohort needs at least ${MIN_VOICES}; add more or remove them all.`,
    );
  const dimension = first.length;
  const rows = new Float32Array(size * dimension);
  for (const [i, voice] of voices.entries()) rows.set(voice, i * dimension);
  return { id: "coh_given", modelId: "mdl_given", size, dimension, topN: usualTopN(size), rows };
}
