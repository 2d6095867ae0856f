import type { RegistryId } from "../id.ts";
import type { AuditEntry, AuditHead } from "../schema/audit.ts";

/** An entry before it has its place in the chain. */
export type AuditEvent = Omit<AuditEntry, "hash" | "previous" | "registry" | "seq">;

/** A log for each registry, in which each entry names the hash of the one before it. */
export type AuditStore = {
  /**
   * Appends an entry. Entries that are appended at the same time, also by other processes, get
   * different places in one chain. Durable when it resolves. Rejects with `write-contention` if
   * other processes keep being faster.
   */
  append(registryId: RegistryId, event: AuditEvent): Promise<AuditEntry>;
  /** The newest entry. Undefined for an empty log. Strongly consistent. */
  head(registryId: RegistryId): Promise<AuditHead | undefined>;
  /** Entries in order, from `seq` on; at most `limit`. Strongly consistent. */
  list(registryId: RegistryId, seq: number, limit: number): Promise<readonly AuditEntry[]>;
  /**
   * All entries in the order in which they are stored, as they are stored: they may have been
   * tampered with. Throws SyntaxError if one isn't JSON.
   */
  every(registryId: RegistryId): AsyncIterable<unknown>;
};
