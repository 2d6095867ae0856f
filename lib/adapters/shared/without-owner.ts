import type { SpeakerUid } from "../../id.ts";
import type { CohortRecord } from "../../ports/cohort.ts";

/** The cohort after an erasure: without the speaker's rows, one more erased, in the order it had. */
export function withoutOwner(record: CohortRecord, uid: SpeakerUid): CohortRecord {
  const { cohort } = record;
  const keep = record.voices.flatMap(({ owner }, row) => (owner === uid ? [] : [row]));
  const rows = new Float32Array(keep.length * cohort.dimension);
  for (const [to, from] of keep.entries())
    rows.set(
      cohort.rows.subarray(from * cohort.dimension, (from + 1) * cohort.dimension),
      to * cohort.dimension,
    );
  const voices = keep.map((row) => record.voices[row]);
  return { ...record, size: keep.length, erased: record.erased + 1, voices, cohort: { ...cohort, rows } };
}
