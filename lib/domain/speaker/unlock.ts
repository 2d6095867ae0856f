import type { Services } from "../../ports/services.ts";
import type { SpeakerDetailView } from "../../schema/speaker.ts";
import { attemptsOf, unlockAttempts } from "../registry/attempts.ts";
import { liveSpeaker, type SpeakerInput } from "./speaker.ts";
import { speakerView } from "./speaker-view.ts";

type Needs = Pick<Services, "clock" | "embedder" | "speakerRejects" | "speakers">;

/** A speaker, with the state of the verification attempts. */
export async function readSpeakerDetail(services: Needs, input: SpeakerInput): Promise<SpeakerDetailView> {
  const { registry } = input;
  const speaker = await liveSpeaker(services, input);
  const attempts = await attemptsOf(services, registry, speaker);
  return { ...speakerView(speaker, registry.settings, services.embedder.model), attempts };
}

/** Ends every pause of a speaker's verifications, and changes nothing else. */
export async function unlockSpeaker(services: Needs, input: SpeakerInput): Promise<SpeakerDetailView> {
  await unlockAttempts(services, await liveSpeaker(services, input));
  return readSpeakerDetail(services, input);
}
