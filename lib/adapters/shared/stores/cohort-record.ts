import type { CohortId, RegistryId } from "../../../id.ts";
import type { CohortHead, CohortRecord, CohortVoice } from "../../../ports/cohort.ts";
import { decodeFloat32, encodeFloat32 } from "../../../score/scoring/codec.ts";
import type { Document } from "../documents.ts";

const LENGTH_BYTES = 4;

/**
 * created: log sequence number of the first write
 * content: sha256 of voices and rows, 1 MB for a thousand voices
 */
export type CohortBody = Omit<CohortHead, "cohortId" | "erased" | "registryId"> & {
  created: string;
  content: string;
};
type Content = { cohortId: string; erased: number; dimension: number; voices: CohortVoice[] };

/** The version counts erasures: version 1 has none. */
export function documentOf(
  record: CohortRecord,
  { created, content }: Pick<CohortBody, "created" | "content">,
) {
  const { registryId, cohortId, erased, cohort: _cohort, voices: _voices, ...head } = record;
  const body: CohortBody = { ...head, created, content };
  return { kind: "cohort", owner: registryId, id: cohortId, version: erased + 1, body } as const;
}

export const bodyOf = ({ body }: Document): CohortBody => body as CohortBody;

export function headOf(registryId: RegistryId, document: Document): CohortHead {
  const { created: _created, content: _content, ...head } = bodyOf(document);
  return { ...head, registryId, cohortId: document.id as CohortId, erased: document.version - 1 };
}

/**
 * The length of the JSON in 4 bytes, little-endian, then the JSON, then the rows as float32.
 *
 * Names the cohort and its erasures, so that no two cohorts and no two states of one share content:
 * an erasure can delete the content that held the voice.
 */
export function contentOf({ cohortId, erased, cohort, voices }: CohortRecord): Uint8Array {
  const head = { cohortId, erased, dimension: cohort.dimension, voices };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(json.length);
  return new Uint8Array(Buffer.concat([length, json, encodeFloat32(cohort.rows)]));
}

export function recordOf(registryId: RegistryId, document: Document, bytes: Uint8Array): CohortRecord {
  const head = headOf(registryId, document);
  const { cohortId: id, modelId, size, topN, erased } = head;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + buffer.readUInt32LE();
  const content = JSON.parse(buffer.toString("utf8", LENGTH_BYTES, end)) as Content;
  const { voices } = content;
  const owners = voices.map(({ owner }) => owner);
  const rows = decodeFloat32(bytes.subarray(end));
  const cohort = { id, modelId, size, dimension: content.dimension, topN, erased, rows, owners };
  return { ...head, cohort, voices };
}

/** The cohort after an erasure: without the speaker's rows, and with one more erasure counted. */
export function withoutOwner(record: CohortRecord, uid: string): CohortRecord {
  const { cohort } = record;
  const { dimension } = cohort;
  const kept = [...record.voices.entries()].filter(([, { owner }]) => owner !== uid);
  const rows = new Float32Array(kept.length * dimension);
  for (const [to, [from]] of kept.entries())
    rows.set(cohort.rows.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  const voices = kept.map(([, voice]) => voice);
  return { ...record, size: kept.length, erased: record.erased + 1, voices, cohort: { ...cohort, rows } };
}
