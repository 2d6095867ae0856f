import { isDeepStrictEqual } from "node:util";
import { AppError } from "../../error.ts";
import { makeId, parseSpeakerId, type SpeakerId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { isContention } from "../commit.ts";
import { futureTime } from "../expiry.ts";
import { hasOptedOut, refuseOptedOutId } from "./id-hash.ts";
import { newSpeaker } from "./new-speaker.ts";
import { refuseOptedOut } from "./speaker.ts";
import { speakerView } from "./speaker-view.ts";

type Details = Pick<Speaker, "consent" | "expiresAt" | "metadata" | "name">;

/**
 * Creates a speaker without a voice, to enroll later. Without an ID, the speaker gets a random one.
 *
 * attempt  a repeated attempt gets the speaker that an earlier one has created
 * throws   `speaker-exists`, `speaker-opted-out`
 */
export async function createSpeaker(
  services: Pick<
    Services,
    "clock" | "embedder" | "formerSecrets" | "optOuts" | "random" | "secret" | "speakers"
  >,
  input: {
    registry: Registry;
    speakerId?: SpeakerId | undefined;
    attempt?: RequestAttempt | undefined;
  } & { [Detail in keyof Details]?: Details[Detail] | undefined },
): Promise<SpeakerView> {
  const { registry, attempt, name, metadata = {}, consent } = input;
  const { registryId, settings } = registry;
  const speakerId = input.speakerId ?? drawnId(services, attempt);
  const expiresAt = input.expiresAt && futureTime(services, input.expiresAt);
  await refuseOptedOutId(services, { registryId, speakerId });
  const details = { name, metadata, consent, expiresAt };
  const created = { ...newSpeaker(services, { registryId, speakerId }), ...details, version: 1 };
  const view = (speaker: Speaker) => speakerView(speaker, settings, services.embedder.model);
  try {
    await services.speakers.put(created);
  } catch (error) {
    if (!isContention(error)) throw error;
    const existing = await services.speakers.get(registryId, speakerId);
    if (existing) refuseOptedOut(existing);
    if (attempt?.retry && existing && isSame(existing, details)) return view(existing);
    throw new AppError("speaker-exists", `A speaker ${speakerId} already exists. PATCH changes it.`);
  }
  // The person may have opted out and been erased since the check.
  if (await hasOptedOut(services, { registryId, speakerId })) {
    await services.speakers.remove(registryId, speakerId);
    await refuseOptedOutId(services, { registryId, speakerId });
  }
  return view(created);
}

/** The same in every attempt at a request with an idempotency key. */
function drawnId({ random }: Pick<Services, "random">, attempt: RequestAttempt | undefined): SpeakerId {
  const bytes = attempt ? Buffer.from(attempt.mark, "hex") : random.bytes(16);
  const id = parseSpeakerId(makeId("speaker", bytes));
  if (!id) throw new RangeError("a generated ID is invalid");
  return id;
}

const isSame = ({ version, name, metadata, consent, expiresAt }: Speaker, details: Details): boolean =>
  version === 1 && isDeepStrictEqual({ name, metadata, consent, expiresAt }, details);
