import type { DecisionId, RegistryId } from "../../../id.ts";
import { DECISION_DAYS, type DecisionRecord, type DecisionStore } from "../../../ports/decision.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";
import { heardProbeDocument } from "./heard-probes.ts";
import { outgoingDocument } from "./outbox.ts";
import { rewrite } from "./rewrite.ts";

const DAY_MS = 86_400_000;
const MOST_ATTEMPTS = 5;

/** Decisions expire after their days. */
export function decisionStore(documents: Documents): DecisionStore {
  return {
    put({ registryId, decisionId, ...body }, { outgoing = [], heard } = {}) {
      const place = { kind: "decision", owner: registryId, id: decisionId } as const;
      const document = { ...place, version: 1, ...contentOf(body), expiresAt: expiryOf(body) };
      const decided = [document, ...outgoing.map(outgoingDocument)];
      return documents.putGroups(decided, ...(heard ? [[heardProbeDocument(heard)]] : []));
    },
    async get(registryId, decisionId) {
      const document = await documents.get({ kind: "decision", owner: registryId, id: decisionId });
      return document && decisionOf(registryId, document);
    },
    async change(registryId, decisionId, change) {
      const key = { kind: "decision", owner: registryId, id: decisionId } as const;
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const document = await documents.get(key);
        if (!document) return undefined;
        const changed = change(decisionOf(registryId, document));
        const { registryId: _registry, decisionId: _decision, ...body } = changed;
        const version = document.version + 1;
        if (await documents.putVersion({ ...document, ...contentOf(body), version })) return changed;
      }
      throw contention();
    },
    async recent(registryId, limit, after) {
      const found = await documents.newest({ kind: "decision", owner: registryId }, limit, after);
      return found.map((document) => decisionOf(registryId, document));
    },
    async ofSpeaker(registryId, uid, limit, after) {
      const collection = { kind: "decision", owner: registryId, subject: uid } as const;
      const found = await documents.newest(collection, limit, after);
      return found.map((document) => decisionOf(registryId, document));
    },
    async rewrite(registryId, change) {
      const replaced = await rewrite(documents, { kind: "decision", owner: registryId }, (document) => {
        const changed = change(decisionOf(registryId, document));
        if (!changed) return undefined;
        const { registryId: _registry, decisionId: _decision, ...body } = changed;
        return contentOf(body);
      });
      return replaced.length;
    },
    async shorten(registryId, days) {
      const replaced = await rewrite(documents, { kind: "decision", owner: registryId }, (document) => {
        const body = { ...(document.body as Body), days };
        const expiresAt = expiryOf(body);
        if (expiresAt >= (document.expiresAt ?? 0)) return undefined;
        return { ...contentOf(body), expiresAt };
      });
      return replaced.length;
    },
  };
}

type Body = Omit<DecisionRecord, "decisionId" | "registryId">;

/** The body, and by what the document is listed. */
const contentOf = (body: Body) => ({
  body,
  at: Date.parse(body.at),
  subject: body.listed ? body.uid : undefined,
});

const expiryOf = ({ at, days = DECISION_DAYS }: Pick<Body, "at" | "days">): number =>
  Date.parse(at) + days * DAY_MS;

function decisionOf(registryId: RegistryId, { id, body }: Document): DecisionRecord {
  return { ...(body as Body), registryId, decisionId: id as DecisionId };
}
