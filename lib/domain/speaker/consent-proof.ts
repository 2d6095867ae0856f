import type { Secrets, Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { ConsentProofView } from "../../schema/consent.ts";
import { textView, withdrawalView } from "./consent-view.ts";
import { hashesOfId } from "./id-hash.ts";
import type { SpeakerKey } from "./speaker.ts";

/**
 * Keeps a proof of the consents, if there are any and the registry says so. Call it before anything
 * is removed, so that no crash loses it.
 */
export async function keepProof(
  services: Pick<Services, "consentProofs" | "registries">,
  speaker: Speaker,
  erasure: { idHash: string; erasedAt: string },
): Promise<void> {
  const proof = proofOf(speaker, erasure);
  if (!proof) return;
  const registry = await services.registries.get(speaker.registryId);
  if (registry?.settings.keepConsentProofs) await services.consentProofs.put(proof);
}

/** What remains of the consents of people who were erased under this ID. */
export async function consentProofs(
  services: Pick<Services, "consentProofs"> & Secrets,
  { registryId, speakerId }: SpeakerKey,
): Promise<readonly ConsentProofView[]> {
  const hashes = hashesOfId(services, registryId, speakerId);
  const found = await Promise.all(hashes.map((hash) => services.consentProofs.list(registryId, hash)));
  return found.flat().map(({ uid, erasedAt, consents }) => ({
    uid,
    erasedAt,
    consents: consents.map(({ consentId, text, withdrawal, ...rest }) => ({
      ...rest,
      id: consentId,
      text: textView(text),
      withdrawal: withdrawalView(withdrawal),
    })),
  }));
}

/** Undefined without consents. */
function proofOf(
  { registryId, uid, consents = [] }: Speaker,
  { idHash, erasedAt }: { idHash: string; erasedAt: string },
) {
  if (consents.length === 0) return undefined;
  const kept = consents.map(({ consentId, text, purposes, givenAt, withdrawal }) => ({
    ...{ consentId, text, purposes, givenAt },
    // A reason is free text and may name the person.
    ...(withdrawal ? { withdrawal: { ...withdrawal, reason: undefined } } : {}),
  }));
  return { registryId, uid, idHash, erasedAt, consents: kept };
}
