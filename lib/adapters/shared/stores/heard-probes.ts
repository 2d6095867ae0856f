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

/**
 * Probes are stored together, by speaker, and expire by themselves. On AWS they are stored beside
 * the speaker's clips; before, they had a partition of their own.
 */
export function heardProbeStore(documents: Documents): HeardProbeStore {
  type Kind = "heardProbe" | "olderHeardProbe";
  const list = (kind: Kind, registryId: RegistryId, uid: SpeakerUid, limit: number) =>
    documents.list({ kind, owner: `${registryId}/${uid}` }, { limit });

  async function probes(...place: Parameters<typeof list>): Promise<HeardProbe[]> {
    const [_kind, registryId, uid] = place;
    return (await list(...place)).map((document) => probeOf(registryId, uid, document));
  }

  async function forget(kind: Kind, registryId: RegistryId, uid: SpeakerUid): Promise<number> {
    let count = 0;
    for (;;) {
      const found = await list(kind, registryId, uid, PAGE);
      if (found.length === 0) return count;
      await Promise.all(found.map((document) => documents.remove(document)));
      count += found.length;
    }
  }

  return {
    newest: (...place) => probes("heardProbe", ...place),
    older: (...place) => probes("olderHeardProbe", ...place),
    forget: async (...place) =>
      (await forget("heardProbe", ...place)) + (await forget("olderHeardProbe", ...place)),
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

/** The probe in a document of this speaker. */
export function probeOf(registryId: RegistryId, uid: SpeakerUid, { id, body }: Document): HeardProbe {
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
