import { AppError } from "../../error.ts";
import { base32, type RegistryId, type SpeakerUid } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Secrets, Services } from "../../ports/services.ts";
import type { CHALLENGE_LANGUAGES, ChallengeResultView, ChallengeView } from "../../schema/challenge.ts";
import { latestNow } from "../../set-clock.ts";
import type { Caller } from "../registry/guess.ts";
import { contentOf, sealedText } from "../sealed-text.ts";
import { liveSpeaker, refuseOptedOut, type SpeakerInput } from "../speaker/speaker.ts";
import { saysDigits, spokenText } from "./spoken-digits.ts";

const VALID_MS = 120_000;
/** A used challenge is remembered longer than a request with it can last. */
const REMEMBER_SECONDS = 3600;
const CHALLENGE = { name: "challenge", prefix: "vc", longest: 512 };
export const DIGITS = { fewest: 4, most: 12, default: 6 } as const;

type Sealed = {
  registryId: RegistryId;
  uid: SpeakerUid;
  key: string;
  digits: string;
  expires: number;
  nonce: string;
};
/** A challenge that a request may use. */
export type OpenChallenge = Pick<Sealed, "digits" | "nonce" | "registryId">;

/**
 * Returns random digits for the speaker to say within two minutes. Nothing is stored: the text
 * `challenge` names the speaker and the key, and is sealed with the deployment's secret.
 *
 * digits  their number, 4 to 12. The same digit never comes twice in a row
 */
export async function makeChallenge(
  services: Pick<Services, "clock" | "random" | "secret" | "speakers">,
  input: SpeakerInput & {
    caller: Pick<Caller, "keyId"> | undefined;
    language: (typeof CHALLENGE_LANGUAGES)[number];
    digits?: number | undefined;
  },
): Promise<ChallengeView> {
  const { registry, speakerId, caller, language } = input;
  const speaker = await liveSpeaker(services, input);
  refuseOptedOut(speaker);
  const expires = services.clock.now().getTime() + VALID_MS;
  const digits = randomDigits(services.random, input.digits ?? DIGITS.default);
  const nonce = base32(services.random.bytes(10));
  const content = [registry.registryId, speaker.uid, keyOf(caller), digits, expires, nonce];
  return {
    challenge: sealedText(services, CHALLENGE, content),
    speaker: speakerId,
    digits,
    text: spokenText(digits, language),
    expiresAt: new Date(expires).toISOString(),
  };
}

/**
 * Checks a challenge as its request arrives. Undefined without one, if the registry demands none.
 *
 * throws  `challenge-required`, `challenge-invalid` if it isn't for this speaker and key, or has
 *         expired
 */
export function openChallenge(
  services: Pick<Services, "clock"> & Secrets,
  { registryId, settings }: Registry,
  subject: { uid: SpeakerUid; caller: Caller | undefined; challenge: string | undefined },
): OpenChallenge | undefined {
  const { uid, caller, challenge } = subject;
  if (challenge === undefined) {
    if (!settings.challengeRequired) return undefined;
    throw new AppError(
      "challenge-required",
      "This registry verifies only with a challenge. Send `challenge`.",
    );
  }
  const sealed = unsealed(services, challenge);
  if (!sealed || sealed.registryId !== registryId) throw invalid("This is no challenge of this registry.");
  if (sealed.uid !== uid) throw invalid("The challenge was made for another speaker.");
  if (sealed.key !== keyOf(caller)) throw invalid("The challenge was made with another API key.");
  if (sealed.expires <= latestNow(services.clock)) throw invalid("The challenge has expired.");
  return sealed;
}

/** Uses a challenge up. Throws `challenge-invalid` if a recording was scored with it before. */
export async function useChallenge(
  { limits }: Pick<Services, "limits">,
  challenge: OpenChallenge | undefined,
): Promise<void> {
  if (!challenge) return;
  const once = { amount: 1, most: 1, ttlSeconds: REMEMBER_SECONDS };
  if (await limits.addWithin(challenge.registryId, `challenge:${challenge.nonce}`, once)) return;
  throw invalid("The challenge was used before.");
}

/** The field of a reply about its challenge. */
export function challengeView(
  challenge: OpenChallenge | undefined,
  transcript: string | undefined,
): ChallengeResultView | null {
  if (!challenge) return null;
  const { digits } = challenge;
  if (transcript === undefined) return { digits, transcript: "not-sent" };
  return { digits, transcript: saysDigits(transcript, digits) ? "matched" : "mismatched" };
}

const AGAIN = "Make a new one with POST /challenges.";
const invalid = (why: string): AppError => new AppError("challenge-invalid", `${why} ${AGAIN}`);

const keyOf = (caller: Pick<Caller, "keyId"> | undefined): string => caller?.keyId ?? "command-line";

/** Undefined for a text that no secret of this deployment has sealed. */
function unsealed(secrets: Secrets, text: string): Sealed | undefined {
  const content = contentOf(secrets, CHALLENGE, text);
  if (content === undefined) return undefined;
  const [registryId, uid, key, digits, expires, nonce] = content;
  return { registryId, uid, key, digits, expires, nonce };
}

function randomDigits(random: Services["random"], count: number): string {
  let digits = "";
  while (digits.length < count) {
    for (const byte of random.bytes(2 * count)) {
      const digit = String(byte % 10);
      // 250 to 255 would make the digits 0 to 5 likelier.
      if (byte < 250 && digits.length < count && !digits.endsWith(digit)) digits += digit;
    }
  }
  return digits;
}
