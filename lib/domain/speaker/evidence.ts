import { AppError } from "../../error.ts";
import { type ConsentId, isConsentId, type RegistryId, type SpeakerUid } from "../../id.ts";
import type { Consent } from "../../ports/consent.ts";
import type { Services } from "../../ports/services.ts";
import type { RecordingId, Speaker } from "../../ports/speaker.ts";
import { everySpeaker } from "./every-speaker.ts";
import { downloadOf, type RecordingFile } from "./recording.ts";
import { liveSpeaker, type SpeakerInput } from "./speaker.ts";
import { dropClip, isRecording } from "./stored-clip.ts";

/*
 * The recording that proves a consent is stored beside the speaker's clips, under the consent's ID,
 * so that it is erased with them. It isn't part of the voiceprint.
 *   record: put the recording, add the consent (commit), then check that the recording is there.
 *   remove (fsck, sweep): look for the consent, read the recording, remove it, then look again; if
 *           the consent was added in between, put the recording back.
 */

type Stores = Pick<Services, "clips" | "speakers">;
type Proven = Pick<Consent, "consentId" | "evidence">;
type Place = { registryId: RegistryId; uid: SpeakerUid; clipId: ConsentId };

/** The consents whose recordings are stored. */
export const evidenceOf = ({ consents = [] }: { consents?: readonly Proven[] | undefined }): ConsentId[] =>
  consents.filter(({ evidence }) => evidence?.recording).map(({ consentId }) => consentId);

/** The consent without its recording, which isn't stored: what it was remains as its SHA-256. */
export const withoutRecording = (consent: Consent): Consent =>
  consent.evidence?.recording
    ? { ...consent, evidence: { ...consent.evidence, recording: undefined } }
    : consent;

/**
 * Runs `commit`, which adds the consent to the speaker, with its recording stored before. Without
 * the consent, the recording is removed again.
 */
export async function withEvidence(
  services: Stores & Pick<Services, "clock">,
  input: SpeakerInput & { consentId: ConsentId; bytes: Uint8Array },
  commit: () => Promise<Speaker>,
): Promise<Speaker> {
  const { registryId, uid } = await liveSpeaker(services, input);
  const place = { registryId, uid, clipId: input.consentId };
  const put = () => services.clips.put(registryId, uid, input.consentId, input.bytes);
  await put();
  try {
    const speaker = await commit();
    if (speaker.uid !== uid) await dropEvidence(services, place);
    else if (!(await services.clips.has(registryId, uid, input.consentId))) await put();
    return speaker;
  } catch (error) {
    // An earlier attempt of this request may have added the consent.
    await dropEvidence(services, place).catch(() => undefined);
    throw error;
  }
}

/** The recording of a consent as a file. Throws `speaker-not-found` and `consent-not-found`. */
export async function evidenceFile(
  services: Stores & Pick<Services, "clock">,
  input: SpeakerInput & { consentId: ConsentId },
): Promise<RecordingFile> {
  const { consentId } = input;
  const { registryId, uid, consents = [] } = await liveSpeaker(services, input);
  const evidence = consents.find((one) => one.consentId === consentId)?.evidence;
  const bytes = evidence?.recording && (await services.clips.get(registryId, uid, consentId));
  if (!bytes)
    throw new AppError(
      "consent-not-found",
      `${input.speakerId} has no consent ${consentId} with a stored recording.`,
    );
  if (!isRecording(bytes, evidence?.sha256 ?? ""))
    throw new RangeError(`the recording of ${consentId} is not what was sent; run voiceroll fsck`);
  return downloadOf(bytes, consentId);
}

/** Removes an unlisted clip of a speaker, or the recording of a consent that doesn't exist. */
export const dropUnlisted = (
  services: Stores,
  { registryId, uid, clipId }: { registryId: RegistryId; uid: SpeakerUid; clipId: RecordingId },
): Promise<void> =>
  isConsentId(clipId)
    ? dropEvidence(services, { registryId, uid, clipId })
    : dropClip(services, { registryId, uid, clipId });

async function dropEvidence(services: Stores, place: Place): Promise<void> {
  const { registryId, uid, clipId } = place;
  if (await isEvidence(services, place)) return;
  const bytes = await services.clips.get(registryId, uid, clipId);
  await services.clips.remove(registryId, uid, clipId);
  if (bytes && (await isEvidence(services, place))) await services.clips.put(registryId, uid, clipId, bytes);
}

/** Reads the registry's speakers: the recording names its speaker by uid only. */
async function isEvidence(services: Stores, { registryId, uid, clipId }: Place): Promise<boolean> {
  for await (const speaker of everySpeaker(services, registryId))
    if (speaker.uid === uid) return evidenceOf(speaker).includes(clipId);
  return false;
}
