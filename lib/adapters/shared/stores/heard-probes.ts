import type { DecisionId, RegistryId, SpeakerUid } from "../../../id.ts";
import type { HeardProbe, HeardProbeStore, KeptProbe } from "../../../ports/decision.ts";
import type { Document, Documents } from "../documents.ts";

const DAY_MS = 86_400_000;
/** Later than any time. IDs count down from it, so that the newest probe is listed first. */
const END_MS = 9_999_999_999_999;
const TIME_DIGITS = 13;
/** Probes to remove before reading more. */
const PAGE = 200;

type Body = { fingerprint: string; request?: string | undefined };

/** Probes are stored together, by speaker, and expire by themselves. */
export function heardProbeStore(documents: Documents): HeardProbeStore {
  const list = (registryId: RegistryId, uid: SpeakerUid, limit: number) =>
    documents.list({ kind: "heardProbe", owner: `${registryId}/${uid}` }, { limit });
  return {
    async newest(registryId, uid, limit) {
      const found = await list(registryId, uid, limit);
      return found.map((document) => probeOf(registryId, uid, document));
    },
    async forget(registryId, uid) {
      let count = 0;
      for (;;) {
        const found = await list(registryId, uid, PAGE);
        if (found.length === 0) return count;
        await Promise.all(found.map((document) => documents.remove(document)));
        count += found.length;
      }
    },
  };
}

export function heardProbeDocument({ probe, days }: KeptProbe): Document {
  const { registryId, uid, decisionId, at, fingerprint, request } = probe;
  const body: Body = { fingerprint: Buffer.from(fingerprint).toString("base64"), request };
  return {
    ...{ kind: "heardProbe", owner: `${registryId}/${uid}`, id: idOf(at, decisionId) },
    ...{ version: 1, body, expiresAt: Date.parse(at) + days * DAY_MS },
  };
}

const idOf = (at: string, decisionId: DecisionId): string =>
  `${String(END_MS - Date.parse(at)).padStart(TIME_DIGITS, "0")}-${decisionId}`;

function probeOf(registryId: RegistryId, uid: SpeakerUid, { id, body }: Document): HeardProbe {
  const at = new Date(END_MS - Number(id.slice(0, TIME_DIGITS))).toISOString();
  const { fingerprint, request } = body as Body;
  return {
    registryId,
    uid,
    decisionId: id.slice(TIME_DIGITS + 1) as DecisionId,
    at,
    fingerprint: new Uint8Array(Buffer.from(fingerprint, "base64")),
    request,
  };
}
