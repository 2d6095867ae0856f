import type { ConsentId, KeyId, RegistryId, SpeakerUid } from "../id.ts";
import type { Purpose } from "../schema/purpose.ts";

/**
 * A consent as it was given. It is never changed: a withdrawal is added to it, and a new text is a
 * new consent.
 */
export type Consent = {
  consentId: ConsentId;
  /** The person, or who gave the consent on the person's behalf. */
  givenBy: { who: "person" | "representative"; name?: string | undefined; relation?: string | undefined };
  /** What the person agreed to: the name of a text, and its version. */
  text: { name: string; version: string; language?: string | undefined };
  purposes: readonly Purpose[];
  /** How it was given, such as "web" or "paper". */
  channel?: string | undefined;
  /**
   * The proof: where it is, the SHA-256 of the file if there is one, and the media type of a
   * recording that is stored with the speaker (lib/domain/speaker/evidence.ts).
   */
  evidence?:
    | {
        reference?: string | undefined;
        sha256?: string | undefined;
        recording?: { mediaType?: string | undefined } | undefined;
      }
    | undefined;
  /** ISO times: when the person gave it, and when it was stored here. */
  givenAt: string;
  recordedAt: string;
  recordedBy?: KeyId | undefined;
  withdrawal?: Withdrawal | undefined;
};

export type Withdrawal = {
  at: string;
  recordedAt: string;
  recordedBy?: KeyId | undefined;
  reason?: string | undefined;
};

/**
 * What remains of an erased speaker's consents in a registry that keeps proofs. It names nobody:
 * the ID is a keyed hash (lib/domain/speaker/id-hash.ts).
 */
export type ConsentProof = {
  registryId: RegistryId;
  uid: SpeakerUid;
  idHash: string;
  erasedAt: string;
  consents: readonly Pick<Consent, "consentId" | "givenAt" | "purposes" | "text" | "withdrawal">[];
};

export type ConsentProofStore = {
  /** Idempotent; durable when it resolves. */
  put(proof: ConsentProof): Promise<void>;
  /** The proofs of everyone who was erased under this ID, in no order. Strongly consistent. */
  list(registryId: RegistryId, idHash: string): Promise<readonly ConsentProof[]>;
};
