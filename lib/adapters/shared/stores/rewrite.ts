import type { Collection, Document, Documents, TimedKind } from "../documents.ts";

const MOST_ATTEMPTS = 5;

/** Returns the new body, and the time by which the document is listed. Undefined: keep it. */
type Change = (document: Document) => { body: object; at: number } | undefined;

/**
 * Replaces the documents for which `change` returns another body. If another writer was first,
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
