import type { Bandwidth } from "../audio/types.ts";
import type { CohortId, ModelId, RegistryId, SpeakerUid } from "../id.ts";
import type { Cohort } from "../score/scoring/types.ts";

/** Cohorts that ship with a model. They are the same for every registry. */
export type BundledCohorts = {
  /** Rejects with RangeError for an unknown model. */
  bundled(modelId: ModelId): Promise<Cohort>;
};

/** Describes one row of a cohort, for display and for erasure. */
export type CohortVoice = {
  source: "bundled" | "clips" | "registry";
  /** The registry's speaker that the row is computed from. */
  owner?: SpeakerUid | undefined;
  /** The caller's name for a voice that was made from clips. */
  label?: string | undefined;
  language?: string | undefined;
  bandwidth?: Bandwidth | undefined;
  clips?: number | undefined;
  speechSeconds?: number | undefined;
};

/** A cohort without its voices, for lists. */
export type CohortHead = {
  registryId: RegistryId;
  /** Derived from `sha256`: the same voices with the same model and topN are the same cohort. */
  cohortId: CohortId;
  modelId: ModelId;
  name?: string | undefined;
  /**
   * Hash of the content when the cohort was made (lib/domain/cohort/record.ts), 64 hexadecimal
   * digits.
   */
  sha256: string;
  size: number;
  topN: number;
  /** Voices that were erased since then. */
  erased: number;
  createdAt: string;
};

/** voices: [size], one for each row. */
export type CohortRecord = CohortHead & { cohort: Cohort; voices: readonly CohortVoice[] };

export type CohortStore = BundledCohorts & {
  /**
   * Undefined for an unknown cohort and for the bundled one. Strongly consistent, erasures
   * included.
   */
  get(registryId: RegistryId, cohortId: CohortId): Promise<CohortRecord | undefined>;
  /**
   * All or nothing; durable when it resolves. Resolves to false if the cohort exists: it keeps its
   * content.
   */
  put(record: CohortRecord): Promise<boolean>;
  /** The registry's own cohorts for this model, in order of creation. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CohortHead[]>;
  /**
   * Every speaker with a row in any cohort of the registry, of any model. Each once, in no
   * order.
   */
  owners(registryId: RegistryId): Promise<readonly SpeakerUid[]>;
  /**
   * Removes a speaker's rows from every cohort of the registry, and adds 1 to `erased` of each
   * cohort that changes. Resolves to the number of changed cohorts.
   */
  forget(registryId: RegistryId, uid: SpeakerUid): Promise<number>;
  /**
   * Stores the voices of every cohort again, under the registry's current template key. Resolves to
   * the number of cohorts.
   */
  renew(registryId: RegistryId): Promise<number>;
};
