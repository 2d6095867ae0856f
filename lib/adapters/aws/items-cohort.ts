import type { RegistryId } from "../../id.ts";
import { type CohortHead, type CohortRecord, type CohortVoice, UNKNOWN_VOICE } from "../../ports/cohort.ts";
import { decodeFloat32, encodeFloat32 } from "../../score/scoring/codec.ts";
import { attributes, type Item, numberOf, recordIn, required } from "./attributes.ts";
import { joined, parted } from "./content.ts";
import { modelOf } from "./items-speaker.ts";
import { cohortKey } from "./keys.ts";

type Content = { cohortId: string; erased: number; dimension: number; voices: CohortVoice[] };

/**
 * The item: everything but voices and rows, under 1 KB. b head, m model, e erased, s sha256 of the content, l when it was made.
 */
export function cohortItem(head: CohortHead, content: string, made: string): Item {
  const { erased, modelId, ...rest } = head;
  return attributes({
    ...cohortKey(head.registryId, head.cohortId),
    b: JSON.stringify(rest),
    m: modelId.slice(4),
    e: erased,
    s: content,
    l: made,
  });
}

export function headOf(item: Item): CohortHead {
  const head = recordIn<Omit<CohortHead, "erased" | "modelId">>(item);
  return {
    ...head,
    name: head.name ?? undefined,
    modelId: modelOf(item),
    erased: required(item, "e", numberOf),
  };
}

/** No two cohorts share content, nor do two states of one: whoever erases a voice erases the content that held it. */
export const contentOf = ({ cohortId, erased, cohort, voices }: CohortRecord): Uint8Array =>
  joined(
    { cohortId, erased, dimension: cohort.dimension, voices } satisfies Record<keyof Content, unknown>,
    encodeFloat32(cohort.rows),
  );

export function recordOf(registryId: RegistryId, item: Item, bytes: Uint8Array): CohortRecord {
  const head = headOf(item);
  const { head: content, rest } = parted(bytes) as { head: Content; rest: Uint8Array };
  const { cohortId: id, modelId, size, topN, erased } = head;
  // JSON leaves out what is undefined.
  const voices = content.voices.map((voice) => ({ ...UNKNOWN_VOICE, ...voice }));
  const owners = voices.map(({ owner }) => owner);
  const rows = decodeFloat32(rest);
  const cohort = { id, modelId, size, dimension: content.dimension, topN, erased, rows, owners };
  return { ...head, registryId, cohort, voices };
}
