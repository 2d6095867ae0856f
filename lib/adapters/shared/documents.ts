import type { Moment } from "../../ports/page.ts";

/** Documents of these kinds are listed: those of one owner are stored together. */
export type ListedKind =
  | "audit"
  | "calibration"
  | "candidate"
  | "cohort"
  | "consentProof"
  | "erasure"
  | "group"
  | "heardProbe"
  | "job"
  | "jobResult"
  | "listedKey"
  | "listedRegistry"
  | "olderHeardProbe"
  | "outbox"
  | "webhook";
/**
 * Documents of these kinds are read by ID only, so a backend can spread them over its partitions.
 */
export type SingleKind = "active" | "candidateHead" | "key" | "optOut" | "registry" | "retention" | TimedKind;
/** Documents of these kinds have `at`, and are also listed by time. */
export type TimedKind = "decision" | "delivery" | "idempotency" | "upload";

export type Collection<Kind = ListedKind | SingleKind> = {
  kind: Kind;
  /**
   * A registry's ID; for job results `REGISTRY/JOB`; for heard probes `REGISTRY/UID`; for the log
   * of deliveries `REGISTRY/WEBHOOK`; empty for documents of the whole deployment.
   */
  owner: string;
};
export type DocumentKey<Kind = ListedKind | SingleKind> = Collection<Kind> & { id: string };

export type Document = DocumentKey & {
  /** 1 on first write. Each change adds 1. */
  version: number;
  /** Stored as JSON, so fields that are undefined are absent when it is read. */
  body: object;
  /** Epoch milliseconds. `newest` and `every` list only documents that have one. */
  at?: number | undefined;
  /**
   * Whom the document is about: `newest` can list only those with the same subject. For documents
   * whose IDs begin with `at`. Isn't read back. On DynamoDB it costs a unit when it is written.
   */
  subject?: string | undefined;
  /**
   * Epoch milliseconds. From this time on the document reads as absent, and the backend may delete
   * it.
   */
  expiresAt?: number | undefined;
};

/**
 * What a backend implements once. The stores in lib/adapters/shared/stores are built on it and hold
 * the rules that don't depend on the backend: lifetimes, leases, orders, versions.
 *
 * Every write is durable when it resolves.
 */
export type Documents = {
  /** Undefined for an absent or expired document. Strongly consistent. */
  get(key: DocumentKey): Promise<Document | undefined>;
  /** In ascending order of ID, starting after `after`; at most `limit`. Strongly consistent. */
  list(
    collection: Collection<ListedKind>,
    page?: { after?: string; limit?: number },
  ): Promise<readonly Document[]>;
  /** The document with the highest ID; undefined if there is none. Strongly consistent. */
  last(collection: Collection<ListedKind>): Promise<Document | undefined>;
  /**
   * By `at` and then by ID, newest first, starting after `after`; at most `limit`. May miss a
   * document that was written a moment ago.
   */
  newest(
    collection: Collection<TimedKind | "job"> & Pick<Document, "subject">,
    limit: number,
    after?: Moment | undefined,
  ): Promise<readonly Document[]>;
  /**
   * Every document of the collection, in pages and in no order. The caller may change documents in
   * between. May miss a document that was written a moment ago.
   */
  every(collection: Collection<TimedKind>): AsyncIterable<readonly Document[]>;
  /** Replaces existing documents. Puts all of these documents or none. */
  put(...documents: readonly Document[]): Promise<void>;
  /**
   * Replaces existing documents. Puts all documents of a group or none, and each group for itself:
   * in one commit where a commit costs most, and in separate writes where a larger one costs more.
   */
  putGroups(...groups: readonly (readonly Document[])[]): Promise<void>;
  /**
   * Puts a document where none exists. Otherwise changes nothing and resolves to the existing one.
   */
  putOnce(document: Document): Promise<Document | undefined>;
  /**
   * Puts version 1 where no document exists, and version v > 1 over version v - 1. Otherwise
   * changes nothing and resolves to false. Puts `together` in the same write: all documents or
   * none.
   */
  putVersion(document: Document, ...together: readonly Document[]): Promise<boolean>;
  /** Deletes the document if it is still at this version. */
  remove(document: DocumentKey & Pick<Document, "version">): Promise<void>;
};

/** Bytes that are too large for a document. Reads return whole content or undefined. */
export type Attachments = {
  /** Durable when it resolves. Replaces existing content. */
  put(registryId: string, name: string, bytes: Uint8Array): Promise<void>;
  get(registryId: string, name: string): Promise<Uint8Array | undefined>;
  /** Does nothing if the attachment is absent. */
  remove(registryId: string, name: string): Promise<void>;
};
