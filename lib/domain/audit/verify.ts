import { entryHash, type Json, NO_HASH } from "../../hash-chain.ts";
import type { RegistryId } from "../../id.ts";
import { AuditEntry, type AuditHead } from "../../schema/audit.ts";

/** broken: the first entry that isn't as it was appended, and why; entries: those before it */
export type AuditCheck = {
  entries: number;
  head: AuditHead | undefined;
  broken: { seq: number; why: string } | undefined;
};

/**
 * Checks that a log is one chain from its first entry: no entry was changed, removed, swapped or
 * inserted. Entries that were removed at the end, and a chain that was computed again from some
 * entry on, show only against a head that was kept elsewhere.
 *
 * entries   in the order of the log, unchecked. A SyntaxError while reading counts as a change.
 * expected  registry: whose log it is; undefined: that of the first entry
 */
export async function verifyAudit(
  entries: AsyncIterable<unknown>,
  expected: { head?: AuditHead | undefined; registry?: RegistryId | undefined } = {},
): Promise<AuditCheck> {
  let head: AuditHead | undefined;
  let { registry } = expected;
  const known = expected.head;
  const broken = (why: string): AuditCheck => {
    const seq = (head?.seq ?? 0) + 1;
    return { entries: seq - 1, head, broken: { seq, why } };
  };
  try {
    for await (const found of entries) {
      const { success, data: entry } = AuditEntry.safeParse(found);
      if (!success) return broken("it isn't an audit entry");
      const seq = (head?.seq ?? 0) + 1;
      if (entry.seq !== seq) return broken(`the log continues with entry ${entry.seq}`);
      if (entry.previous !== (head?.hash ?? NO_HASH)) return broken("it doesn't follow the entry before it");
      if (entry.hash !== entryHash(entry as Readonly<Record<string, Json>>))
        return broken("its hash doesn't match its content");
      if (entry.registry !== (registry ?? entry.registry)) return broken("it belongs to another registry");
      registry = entry.registry;
      if (known?.seq === seq && known.hash !== entry.hash)
        return broken(`its hash isn't that of the known head, ${known.hash}`);
      head = { seq, hash: entry.hash };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return broken("it isn't JSON");
  }
  if (known && known.seq > (head?.seq ?? 0))
    return broken(`it is missing: the known head is entry ${known.seq}`);
  return { entries: head?.seq ?? 0, head, broken: undefined };
}
