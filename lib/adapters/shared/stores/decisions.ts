import type { DecisionId, RegistryId } from "../../../id.ts";
import type { DecisionRecord, DecisionStore } from "../../../ports/decision.ts";
import type { Document, Documents } from "../documents.ts";
import { rewrite } from "./rewrite.ts";

const LIFETIME_MS = 90 * 86_400_000;

/** Decisions expire after 90 days. */
export function decisionStore(documents: Documents): DecisionStore {
  return {
    put({ registryId, decisionId, ...body }) {
      const at = Date.parse(body.at);
      const place = { kind: "decision", owner: registryId, id: decisionId } as const;
      return documents.put({ ...place, version: 1, body, at, expiresAt: at + LIFETIME_MS });
    },
    async get(registryId, decisionId) {
      const document = await documents.get({ kind: "decision", owner: registryId, id: decisionId });
      return document && decisionOf(registryId, document);
    },
    async recent(registryId, limit) {
      const found = await documents.newest({ kind: "decision", owner: registryId }, limit);
      return found.map((document) => decisionOf(registryId, document));
    },
    async rewrite(registryId, change) {
      const replaced = await rewrite(documents, { kind: "decision", owner: registryId }, (document) => {
        const changed = change(decisionOf(registryId, document));
        if (!changed) return undefined;
        const { registryId: _registry, decisionId: _decision, ...body } = changed;
        return { body, at: Date.parse(body.at) };
      });
      return replaced.length;
    },
  };
}

function decisionOf(registryId: RegistryId, { id, body }: Document): DecisionRecord {
  const rest = body as Omit<DecisionRecord, "decisionId" | "registryId">;
  return { ...rest, registryId, decisionId: id as DecisionId };
}
