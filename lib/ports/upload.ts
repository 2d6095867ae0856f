import type { Slug } from "../error.ts";
import type { ClipId, RegistryId, SpeakerId, UploadId } from "../id.ts";

/** Why something failed: the slug and the sentence that a reply would have carried. */
export type Failure = { slug: Slug; detail: string };

/** A file that a client puts into the object store by itself: what was announced, and what became of it. */
export type Upload = {
  registryId: RegistryId;
  uploadId: UploadId;
  /** An audio type, or application/x-ndjson for a job's manifest. */
  mediaType: string;
  /** Size and sha256 (64 hexadecimal digits) of the file that is to come; another one is never used. */
  bytes: number;
  sha256: string;
  /** Whom to enroll it for by itself when it has arrived. */
  enroll?: { speakerId: SpeakerId; channel?: number | undefined } | undefined;
  /**
   * open: nobody has used it, arrived or not. held: a request or a job is using it, and is believed to until `heldUntil`.
   * enrolling: an enrollment of it has begun, which may be begun again. The others are for good.
   */
  state: "open" | "held" | "consumed" | "enrolling" | "enrolled" | "failed";
  heldUntil?: string | undefined;
  /** A job's line, which may take it up again after a crash; undefined: a request. */
  holder?: string | undefined;
  /** What it was enrolled as. */
  clips: readonly ClipId[];
  problem?: Failure | undefined;
  createdAt: string;
  /** The form takes nothing any more. */
  expiresAt: string;
  /** Ticket and file are erased. */
  goneAt: string;
  /** 1 on first write; each change adds 1. */
  version: number;
};

export type UploadStore = {
  /** Undefined for an unknown one, and from `goneAt` on. Strongly consistent. */
  get(registryId: RegistryId, uploadId: UploadId): Promise<Upload | undefined>;
  /**
   * Version 1 succeeds only where no ticket stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. Durable when it resolves.
   */
  put(upload: Upload): Promise<void>;
};

/** What a client posts as multipart/form-data: the fields in their order, then the file as `file`. */
export type UploadForm = { url: string; fields: Readonly<Record<string, string>> };

/** The uploaded files themselves. */
export type UploadFiles = {
  /**
   * Takes one file of the announced size and type, until `expiresAt`; may be posted again until then. A `url` without a
   * host is of this service.
   */
  form(upload: Upload): Promise<UploadForm>;
  /** Undefined where nothing has arrived. `version` changes with every arrival. */
  head(registryId: RegistryId, uploadId: UploadId): Promise<{ bytes: number; version: string } | undefined>;
  /** The bytes of this version alone; undefined where another one stands by now, or none. */
  read(registryId: RegistryId, uploadId: UploadId, version: string): Promise<Uint8Array | undefined>;
  /** Every version. Nothing happens where there is none. */
  remove(registryId: RegistryId, uploadId: UploadId): Promise<void>;
  /** What is there, whether or not a ticket stands for it. */
  list(registryId: RegistryId): Promise<readonly UploadId[]>;
  /**
   * Only where forms are posted to this service: keeps the bytes, whole and durable when it resolves. Rejects with
   * `unauthorized` unless the fields are those of `form`.
   */
  receive?(upload: Upload, fields: Readonly<Record<string, string>>, bytes: Uint8Array): Promise<void>;
};
