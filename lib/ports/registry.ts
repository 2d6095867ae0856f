import type { KeyId, RegistryId } from "../id.ts";

export type RegistrySettings = {
  /** Net speech after which a speaker counts as enrolled. */
  enrollSpeechSeconds: number;
  /** Operating point where a request names none; undefined: the calibration's own default. */
  far?: number | undefined;
  consentRequired: boolean;
  /** Refuse, rather than warn, when a clip seems to hold several voices. */
  refuseMultipleSpeakers: boolean;
  /** Requests per minute and key; undefined: no limit. */
  requestsPerMinute?: number | undefined;
};

export type Registry = {
  registryId: RegistryId;
  name: string;
  suspended: boolean;
  settings: RegistrySettings;
};

export type RegistryStore = {
  /** Undefined for an unknown registry. */
  get(registryId: RegistryId): Promise<Registry | undefined>;
  /** Makes or replaces. */
  put(registry: Registry): Promise<void>;
  list(): Promise<readonly Registry[]>;
};

export const SCOPES = [
  "speakers:read",
  "speakers:write",
  "verify",
  "identify",
  "compare",
  "scores:read",
  "calibrations",
  "decisions:read",
] as const;
export type Scope = (typeof SCOPES)[number];

export type ApiKey = {
  keyId: KeyId;
  registryId: RegistryId;
  name: string;
  /** HMAC-SHA256 of the secret under the store's pepper, 64 hexadecimal digits. Never the secret. */
  hash: string;
  scopes: readonly Scope[];
  createdAt: string;
  expiresAt?: string | undefined;
  revokedAt?: string | undefined;
};

export type KeyStore = {
  get(keyId: KeyId): Promise<ApiKey | undefined>;
  put(key: ApiKey): Promise<void>;
  list(registryId: RegistryId): Promise<readonly ApiKey[]>;
};
