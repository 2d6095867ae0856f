import type { Piece } from "../audio/types.ts";
import type { Slug } from "../error.ts";
import type { ClipId, KeyId, RegistryId, SpeakerId, UploadId } from "../id.ts";
import type { Delivery } from "./webhook.ts";

/** Why something failed: the slug and detail that a reply would contain. */
export type Failure = { slug: Slug; detail: string };

export type UploadEnrollment = {
  speakerId: SpeakerId;
  channel?: number | undefined;
  /** Which part of the recording is enrolled. Undefined: all of it. */
  piece?: Piece | undefined;
  /** False: the recording is not stored. Undefined: the registry's setting decides. */
  keepAudio?: boolean | undefined;
};

/** A file that a client sends directly to the object store: what it announced, and the outcome. */
export type Upload = {
  registryId: RegistryId;
  uploadId: UploadId;
  /** The API key that opened the upload. Once it is revoked, the upload is rejected. */
  keyId?: KeyId | undefined;
  /** An audio type, or application/x-ndjson for a job's manifest. */
  mediaType: string;
  /** Size and sha256 (64 hexadecimal digits) of the announced file. Any other file is rejected. */
  bytes: number;
  sha256: string;
  /** If set, the file is enrolled for this speaker when it arrives. */
  enroll?: UploadEnrollment | undefined;
  /**
   * - open: not used yet, whether the file has arrived or not.
   * - held: a request or a job is using it. The hold lapses at `heldUntil`.
   * - enrolling: an enrollment has started. It can be restarted.
   * - consumed, enrolled, failed: final.
   */
  state: "open" | "held" | "consumed" | "enrolling" | "enrolled" | "failed";
  heldUntil?: string | undefined;
  /**
   * The job line, or the request with an idempotency key (`RequestAttempt`), that holds the upload
   * and can use it again after a crash. Undefined for other requests.
   */
  holder?: string | undefined;
  /** The clips that the file was enrolled as. */
  clips: readonly ClipId[];
  problem?: Failure | undefined;
  createdAt: string;
  /** When the form stops accepting files. */
  expiresAt: string;
  /** When the upload and its file are deleted. */
  goneAt: string;
  /** 1 on first write. Each change adds 1. */
  version: number;
};

export type UploadStore = {
  /** Undefined for an unknown upload, and from `goneAt` on. Strongly consistent. */
  get(registryId: RegistryId, uploadId: UploadId): Promise<Upload | undefined>;
  /**
   * Puts version 1 if no upload has the ID, and version v > 1 over version v - 1. Otherwise rejects
   * with `write-contention`. Durable when it resolves. outgoing: deliveries to put in the same
   * write
   */
  put(upload: Upload, outgoing?: readonly Delivery[]): Promise<void>;
  /**
   * Replaces every upload for which `change` returns another, as its next version. Resolves to the
   * IDs of the replaced ones. May miss an upload that was put a moment ago.
   */
  rewrite(
    registryId: RegistryId,
    change: (upload: Upload) => Upload | undefined,
  ): Promise<readonly UploadId[]>;
};

/** A form to post as multipart/form-data: the fields in this order, then the file as `file`. */
export type UploadForm = { url: string; fields: Readonly<Record<string, string>> };

/** A file on disk that doesn't change until `remove`, which deletes it. */
export type FileCopy = { path: string; sha256: string; remove(): Promise<void> };

/** The uploaded files. */
export type UploadFiles = {
  /**
   * A form that accepts one file of the announced size and type until `expiresAt`. Posting again
   * replaces the file. A `url` without a host belongs to this service.
   */
  form(upload: Upload): Promise<UploadForm>;
  /** Undefined if no file has arrived. `version` changes with every arrival. */
  head(registryId: RegistryId, uploadId: UploadId): Promise<{ bytes: number; version: string } | undefined>;
  /** The bytes of this version. Undefined if another file has replaced it, or if there is none. */
  read(registryId: RegistryId, uploadId: UploadId, version: string): Promise<Uint8Array | undefined>;
  /**
   * A copy of this version on the local disk, of which little is in memory at a time. Undefined as
   * for `read`. A copy that a killed process left is deleted after an hour.
   */
  copy(registryId: RegistryId, uploadId: UploadId, version: string): Promise<FileCopy | undefined>;
  /** Removes every version. Does nothing if there is none. */
  remove(registryId: RegistryId, uploadId: UploadId): Promise<void>;
  /** Every stored file, including those without an upload record. */
  list(registryId: RegistryId): Promise<readonly UploadId[]>;
  /**
   * Stores a file that was posted to this service while it arrives. Absent if clients post to the
   * object store directly. Durable when it resolves. Stores nothing if `file` throws. Rejects with
   * `unauthorized` unless the fields are those of `form`, with `overloaded` if too many files are
   * arriving, and with `storage-unavailable` if the disk has no room for another one.
   */
  receive?(
    upload: Upload,
    fields: Readonly<Record<string, string>>,
    file: AsyncIterable<Uint8Array>,
  ): Promise<void>;
};
