import type { Bandwidth } from "../audio/types.ts";
import type { CohortId, ModelId, RegistryId, SpeakerUid } from "../id.ts";
import type { Cohort } from "../score/scoring/types.ts";

/** What comes with a model, the same for every registry. */
export type BundledCohorts = {
  /** Rejects with RangeError for a model that it does not come with. */
  bundled(modelId: ModelId): Promise<Cohort>;
};

/** One row of a cohort, for people and for erasure. */
export type CohortVoice = {
  source: "bundled" | "clips" | "registry";
  /** The registry's speaker whose voice it is. */
  owner?: SpeakerUid | undefined;
  /** What the caller calls the voice, where it came from clips. */
  label?: string | undefined;
  language?: string | undefined;
  bandwidth?: Bandwidth | undefined;
  clips?: number | undefined;
  speechSeconds?: number | undefined;
};

/** A voice of which nothing else is known. */
export const UNKNOWN_VOICE = {
  owner: undefined,
  label: undefined,
  language: undefined,
  bandwidth: undefined,
  clips: undefined,
  speechSeconds: undefined,
} as const satisfies Omit<CohortVoice, "source">;

/** What a list of cohorts shows. */
export type CohortHead = {
  registryId: RegistryId;
  /** From `sha256`: the same voices under the same model with the same topN are the same cohort. */
  cohortId: CohortId;
  modelId: ModelId;
  name?: string | undefined;
  /** Of the content (domain/cohort-record.ts), as it was made; 64 hexadecimal digits. */
  sha256: string;
  size: number;
  topN: number;
  /** Voices that were erased since. */
  erased: number;
  createdAt: string;
};

/** voices: [size], one for each row. */
export type CohortRecord = CohortHead & { cohort: Cohort; voices: readonly CohortVoice[] };

export type CohortStore = BundledCohorts & {
  /** Undefined for an unknown one, the bundled one included. Strongly consistent: an erasure that resolved is seen. */
  get(registryId: RegistryId, cohortId: CohortId): Promise<CohortRecord | undefined>;
  /** All or nothing, durable when it resolves. False where it stood already: it stays as it was. */
  put(record: CohortRecord): Promise<boolean>;
  /** The registry's own under this model, in the order they were made. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CohortHead[]>;
  /** Everybody who has a row in a cohort of the registry's, under whichever model; each once, in no order. */
  owners(registryId: RegistryId): Promise<readonly SpeakerUid[]>;
  /** Takes a speaker's row out of every cohort of the registry; each such cohort's `erased` grows by 1. How many did. */
  forget(registryId: RegistryId, uid: SpeakerUid): Promise<number>;
};
