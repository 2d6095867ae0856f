import type { KeyId, RegistryId } from "../id.ts";
import type { SCOPES } from "../schema/key.ts";
import type { Purpose } from "../schema/purpose.ts";
import type { ActiveChoices } from "./calibration.ts";

export type RegistrySettings = {
  /** Net speech that a speaker needs to count as enrolled. */
  enrollSpeechSeconds: number;
  /** Operating point of requests that name none. Undefined: the calibration's default. */
  far?: number | undefined;
  consentRequired: boolean;
  /** Uses of a voice that need a recorded consent. Undefined: none. */
  requiredPurposes?: readonly Purpose[] | undefined;
  /** Keeps a proof without names of an erased speaker's consents. Undefined: no. */
  keepConsentProofs?: boolean | undefined;
  /** A spoof score below this gives the warning `spoof-suspected`. Absent: no warning. */
  spoofWarning?: number | undefined;
  /** Whether verifications without a challenge are refused. Absent means no. */
  challengeRequired?: boolean | undefined;
  /**
   * Rejects a clip that appears to contain more than one speaker. Otherwise the reply has a
   * warning.
   */
  refuseMultipleSpeakers: boolean;
  /** False: recordings are not stored. Undefined: they are. */
  keepAudio?: boolean | undefined;
  /** The limits of repeated guesses that differ from the defaults. */
  guessing?: { [Limit in keyof GuessLimits]?: number | undefined } | undefined;
  /**
   * Which operations the audit log has. "all": decisions too. Undefined and "changes": only changes
   * and decisions at a looser rate than the registry's own.
   */
  audit?: "all" | "changes" | undefined;
  /**
   * Days after the last enrollment when a speaker without `expiresAt` expires. Undefined: never.
   */
  speakerDays?: number | undefined;
  /** Days for which decisions are kept. Undefined: 90. */
  decisionDays?: number | undefined;
  /**
   * The time from which every decision is also listed by its speaker. Undefined: decisions aren't.
   */
  speakerHistorySince?: string | undefined;
  /** What happens to a copy of a known recording. Undefined: "flag". */
  replay?: ProbeAction | undefined;
  /**
   * Days for which the fingerprints of accepted probes are kept. 0: none are kept. Undefined: the
   * default of lib/domain/registry/replay-settings.ts.
   */
  replayDays?: number | undefined;
  /** What happens to a probe that appears to contain several speakers. Undefined: "flag". */
  mixedProbes?: ProbeAction | undefined;
  /** Whether embeddings are handed out and accepted as probes. Undefined: no. */
  embeddings?: boolean | undefined;
  /** Whether strangers of diarized recordings are kept as candidate voices. Undefined: no. */
  candidateVoices?: boolean | undefined;
  /** Days after a candidate voice was last heard when it expires. Undefined: CANDIDATE_DAYS. */
  candidateDays?: number | undefined;
  /** Whether each decision is an event. Undefined: no. */
  decisionEvents?: boolean | undefined;
  /** Web origins whose pages may call the API. Undefined: all that the deployment allows. */
  corsOrigins?: readonly string[] | undefined;
  /** Requests per minute for each key. Undefined: no limit. */
  requestsPerMinute?: number | undefined;
};

/**
 * What happens to a suspicious probe. `flag`: only the reply says so. `refuse`: it is also never
 * accepted.
 */
export const PROBE_ACTIONS = ["flag", "refuse"] as const;
export type ProbeAction = (typeof PROBE_ACTIONS)[number];

/** When repeated guesses are paused. A count of 0 switches that pause off. */
export type GuessLimits = {
  /** Rejects in a row for one speaker by one caller. */
  rejects: number;
  /** Rejects in a row for one speaker by all callers. Holds only callers with a reject. */
  speakerRejects: number;
  /** Searches in a row without a match by one caller. */
  misses: number;
  /** The first pause. It doubles with each further reject. */
  pauseSeconds: number;
  longestPauseSeconds: number;
};

/** Which rotation the registry's voiceprints are stored under (docs/templates.md). */
export type TemplateState = {
  /** Of the key that everything is written under. 0: none, vectors are stored as they are */
  generation: number;
  /** Of the keys that records may still be under. Undefined unless a renewal is unfinished. */
  former?: readonly number[] | undefined;
};

export type Registry = {
  registryId: RegistryId;
  name: string;
  suspended: boolean;
  settings: RegistrySettings;
  /** Undefined for a registry from before this field existed: generation 0. */
  templates?: TemplateState | undefined;
  /**
   * The active cohorts and calibrations when the registry was read. Only `RegistryStore.get` has
   * them, and only a request that has just read its registry uses them. Undefined: read them by
   * `ActiveStore.get`.
   */
  active?: ActiveChoices | undefined;
};

export type RegistryStore = {
  /** Undefined for an unknown registry. Strongly consistent. */
  get(registryId: RegistryId): Promise<Registry | undefined>;
  /** Creates or replaces the registry. */
  put(registry: Registry): Promise<void>;
  /**
   * Replaces the registry with `change(registry)` if no other change came between; otherwise calls
   * `change` again with the newer one. Resolves to the stored one, undefined if there is none.
   */
  change(registryId: RegistryId, change: (registry: Registry) => Registry): Promise<Registry | undefined>;
  /** Without their active choices. */
  list(): Promise<readonly Registry[]>;
};

export type Scope = (typeof SCOPES)[number];

export type ApiKey = {
  keyId: KeyId;
  registryId: RegistryId;
  name: string;
  /** HMAC-SHA256 of the key's secret with the deployment's secret, 64 hexadecimal digits. */
  hash: string;
  scopes: readonly Scope[];
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
  /** Seconds of audio that requests with this key may embed per day (UTC). Undefined: no limit. */
  audioSecondsPerDay?: number | undefined;
};

export type KeyStore = {
  get(keyId: KeyId): Promise<ApiKey | undefined>;
  put(key: ApiKey): Promise<void>;
  /**
   * Replaces the key with `change(key)` if no other change came between; otherwise calls `change`
   * again with the newer key. Resolves to the stored key, undefined if there is none.
   */
  change(keyId: KeyId, change: (key: ApiKey) => ApiKey): Promise<ApiKey | undefined>;
  list(registryId: RegistryId): Promise<readonly ApiKey[]>;
};
