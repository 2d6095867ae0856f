import { createReadStream } from "node:fs";
import { z } from "@hono/zod-openapi";
import type { LineAudio, ManifestLine } from "../../../lib/domain/job/lines.ts";
import { splitLines } from "../../../lib/domain/job/split-lines.ts";
import type { ArrivedFile } from "../../../lib/domain/upload/use.ts";
import { AppError } from "../../../lib/error.ts";
import { slices } from "../../../lib/slices.ts";
import { LineAudio as Audio, type LineSource, lineSource } from "./audio-source.ts";
import { AUDIO_JSON, parseJson } from "./json.ts";
import {
  Channel,
  Consent,
  clipIdOf,
  ExpiresAt,
  invalid,
  KeepAudio,
  Metadata,
  Name,
  parse,
  Speaker,
  speakerIdOf,
  uploadIdOf,
} from "./schema.ts";

const MAX_CLIPS = 10;
const CHUNK = 1024 * 1024;
const TOO_LONG = { slug: "body-too-large", detail: "A line can have at most 24 MiB." } as const;

/**
 * `audio` is parsed by `jsonAudio`, so that a fault in it gets the same message as in other
 * requests.
 */
const Line = z.strictObject({
  speaker: Speaker,
  audio: z.unknown(),
  name: Name.optional(),
  metadata: Metadata.optional(),
  consent: Consent.optional(),
  force: z.boolean().optional(),
  channel: Channel.optional(),
  keepAudio: KeepAudio.optional(),
  expiresAt: ExpiresAt.optional(),
});

/** What OpenAPI shows. */
export const ShownLine = Line.extend({ audio: z.union([Audio, z.array(Audio).min(1).max(MAX_CLIPS)]) });

/**
 * Parses JSON Lines with one enrollment per line, as strictly as a body, while the file is read. A
 * line with a fault becomes a line with a problem, which the job reports as its result.
 */
export async function* manifestLines(file: ArrivedFile): AsyncGenerator<ManifestLine> {
  const chunks = "bytes" in file ? [file.bytes] : createReadStream(file.path, { highWaterMark: CHUNK });
  const slice = slices();
  for await (const { line } of splitLines(chunks)) {
    yield parseLine(line);
    if (slice.isOver()) await slice.next();
  }
}

export async function* inlineLines(lines: readonly unknown[]): AsyncGenerator<ManifestLine> {
  const slice = slices();
  for (const line of lines) {
    yield orProblem(() => manifestLine(line));
    if (slice.isOver()) await slice.next();
  }
}

/** Parses the bytes of one line. Undefined: the line is too long to be read. */
export const parseLine = (line: Uint8Array | undefined): ManifestLine =>
  line === undefined ? { problem: TOO_LONG } : orProblem(() => manifestLine(parseJson(line, AUDIO_JSON)));

function orProblem(read: () => ManifestLine): ManifestLine {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problem: { slug: error.slug, detail: error.message } };
  }
}

function manifestLine(value: unknown): ManifestLine {
  const { speaker, audio, ...details } = parse(Line, value);
  const sources = Array.isArray(audio) ? audio : [audio];
  if (sources.length < 1 || sources.length > MAX_CLIPS)
    throw invalid([{ pointer: "/audio", detail: `Send 1 to ${MAX_CLIPS} clips per line.` }]);
  const at = (i: number) => (Array.isArray(audio) ? `/audio/${i}` : "/audio");
  return {
    ...details,
    speakerId: speakerIdOf(speaker),
    audio: sources.map((source, i) => lineAudio(lineSource(source, at(i)))),
  };
}

/** A clip in the request as it is stored with a job. */
export function lineAudio(source: LineSource): LineAudio {
  const { channel, piece } = source;
  const selected = { channel, ...(piece ? { piece } : {}) };
  if ("upload" in source) return { upload: uploadIdOf(source.upload), ...selected };
  if ("clip" in source)
    return { clip: clipIdOf(source.clip), speaker: speakerIdOf(source.speaker), ...selected };
  if ("uri" in source) return { uri: source.uri, mediaType: source.mediaType, ...selected };
  return { base64: Buffer.from(source.bytes).toString("base64"), mediaType: source.mediaType, ...selected };
}
