import type { Collection, Document, Documents, TimedKind } from "../documents.ts";

const MOST_ATTEMPTS = 5;

/**
 * Returns the new body, the time and the subject by which the document is listed, and the expiry if
 * it changes. Undefined: keep the document.
 */
type Change = (
  document: Document,
) => { body: object; at: number; subject?: string | undefined; expiresAt?: number } | undefined;

/**
 * Replaces the documents for which `change` returns a change. If another writer was first,
 * reads the document again.
 *
 * returns  the IDs of the replaced documents
 */
export async function rewrite(
  documents: Documents,
  collection: Collection<TimedKind>,
  change: Change,
): Promise<string[]> {
  const replaced: string[] = [];
  for await (const page of documents.every(collection))
    for (const document of page)
      if (await rewriteOne(documents, document, change)) replaced.push(document.id);
  return replaced;
}

async function rewriteOne(documents: Documents, first: Document, change: Change): Promise<boolean> {
  let document: Document | undefined = first;
  for (let attempt = 0; document && attempt < MOST_ATTEMPTS; attempt++) {
    const next = change(document);
    if (!next) return false;
    if (await documents.putVersion({ ...document, ...next, version: document.version + 1 })) return true;
    document = await documents.get(document);
  }
  return false;
}
