import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";

const MOST_ATTEMPTS = 5;

/**
 * Replaces what a document has by `change` of it, together with its copies. If another writer was
 * first, reads the document again.
 *
 * documentsOf  the document and its copies, with this version
 * returns      what is stored; undefined if there is no document
 *
 * Throws `write-contention` if others were first each time.
 */
export async function changeStored<T>(
  documents: Documents,
  at: Parameters<Documents["get"]>[0],
  form: { valueOf(document: Document): T; documentsOf(value: T, version: number): [Document, ...Document[]] },
  change: (value: T) => T,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const document = await documents.get(at);
    if (!document) return undefined;
    const value = change(form.valueOf(document));
    if (await documents.putVersion(...form.documentsOf(value, document.version + 1))) return value;
  }
  throw contention();
}
