import type { ConsentProof, ConsentProofStore } from "../../../ports/consent.ts";
import type { Documents } from "../documents.ts";

/** People who were erased under one ID; more than any ID is used for. */
const MOST = 1000;

/** Stored together, in order of hash, so that all proofs of one ID follow each other. */
export function consentProofStore(documents: Documents): ConsentProofStore {
  return {
    put: ({ registryId, idHash, uid, ...body }) =>
      documents.put({ kind: "consentProof", owner: registryId, id: `${idHash}-${uid}`, version: 1, body }),
    async list(registryId, idHash) {
      const page = { after: `${idHash}-`, limit: MOST };
      const found = await documents.list({ kind: "consentProof", owner: registryId }, page);
      return found
        .filter(({ id }) => id.startsWith(`${idHash}-`))
        .map(({ id, body }) => {
          const rest = body as Pick<ConsentProof, "consents" | "erasedAt">;
          return { ...rest, registryId, idHash, uid: id.slice(idHash.length + 1) as ConsentProof["uid"] };
        });
    },
  };
}
