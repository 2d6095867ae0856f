import { z } from "@hono/zod-openapi";
import type { LineAudio, ManifestLine } from "../../../lib/domain/job/lines.ts";
import { AppError } from "../../../lib/error.ts";
import { inSlices } from "../../../lib/slices.ts";
import { Audio, type AudioSource, jsonAudio } from "./audio-source.ts";
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
 * Parses JSON Lines with one enrollment per line, as strictly as a body. A line with a fault
 * becomes a line with a problem, which the job reports as its result.
 */
export const manifestLines = (bytes: Uint8Array): Promise<ManifestLine[]> =>
  inSlices(linesOf(bytes), (line) => orProblem(() => manifestLine(parseJson(line, AUDIO_JSON))));

export const inlineLines = (lines: readonly unknown[]): Promise<ManifestLine[]> =>
  inSlices(lines, (line) => orProblem(() => manifestLine(line)));

/** The bytes of each line, without its line feed. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    const to = end === -1 ? bytes.length : end;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}

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
    audio: sources.map((source, i) => lineAudio(jsonAudio(source, at(i)))),
  };
}

/** A clip in the request as it is stored with a job. */
export function lineAudio(source: AudioSource): LineAudio {
  const { channel, piece } = source;
  const selected = { channel, ...(piece ? { piece } : {}) };
  if ("upload" in source) return { upload: uploadIdOf(source.upload), ...selected };
  if ("clip" in source)
    return { clip: clipIdOf(source.clip), speaker: speakerIdOf(source.speaker), ...selected };
  return { base64: Buffer.from(source.bytes).toString("base64"), mediaType: source.mediaType, ...selected };
}
