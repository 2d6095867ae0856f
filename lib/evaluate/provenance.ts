import { readInput } from "../input-file.ts";
import { sha256Of } from "../sha256.ts";
import type { System } from "./system.ts";

/** What a result depends on. IDs are undefined for given scores and for embeddings from a file. */
export type Provenance = {
  /** SHA-256 of the list's bytes, hex. */
  listSha256: string;
  model: string | undefined;
  cohort: string | undefined;
  calibration: string | undefined;
};

/** system  undefined: the list has scores of its own */
export async function provenanceOf(list: string, system: System | undefined): Promise<Provenance> {
  return {
    listSha256: sha256Of(await readInput(list)),
    model: system?.cohort?.modelId ?? system?.calibration?.modelId,
    cohort: system?.cohort?.id,
    calibration: system?.calibration?.id,
  };
}

/** In words, for reports. */
export const provenanceText = ({ listSha256, model, cohort, calibration }: Provenance): string =>
  [
    ...(model ? [`model ${model}`] : []),
    ...(cohort ? [`cohort ${cohort}`] : []),
    ...(calibration ? [`calibration ${calibration}`] : []),
    `list sha256 ${listSha256}`,
  ].join(", ");
