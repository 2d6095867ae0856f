import { readSamples } from "../../lib/audio/read-samples.ts";
import type { DecisionReply } from "../../lib/schema/decision.ts";
import { wavOf } from "../../models/build/wav.ts";
import type { DevClip } from "../dev-registry.ts";
import type { Outcome, Try } from "./attempts.ts";
import { mutated } from "./mutate.ts";

type Attack = { attempt: Try; outcome: Outcome };
/** What an attacker learns from a reply, as a number: higher is closer. */
export type Feedback = (reply: DecisionReply) => number;

const BANDS = ["none", "weak", "moderate", "strong"];
/** For keys with `scores:read`, and without. */
export const FEEDBACK = {
  scores: ({ score }) => score?.value ?? -Infinity,
  bands: ({ band }) => BANDS.indexOf(band),
} satisfies Record<string, Feedback>;

/** Clips to mix with the best one. */
const OTHERS = 3;

/** Sends the clips of other people in order, until one passes. */
export async function byDictionary(
  { attempt, outcome }: Attack,
  clips: readonly DevClip[],
  tries: number,
): Promise<void> {
  for (const { input } of clips.slice(0, tries)) {
    await attempt(input);
    if (outcome.passed) return;
  }
}

/**
 * Spends a third of the tries on clips of other people, then changes the best clip and keeps each
 * change that the feedback rates higher.
 */
export async function byClimb(
  { attempt, outcome }: Attack,
  clips: readonly DevClip[],
  { tries, feedback, draw }: { tries: number; feedback: Feedback; draw: () => number },
): Promise<void> {
  const rated: { samples: Float32Array; rating: number }[] = [];
  const send = async (samples: Float32Array, bytes: Uint8Array, mediaType: string) => {
    rated.push({ samples, rating: feedback(await attempt({ bytes, mediaType })) });
    rated.sort((a, b) => b.rating - a.rating);
  };
  for (const { input } of clips.slice(0, Math.floor(tries / 3))) {
    await send((await readSamples(input)).samples, input.bytes, "audio/ogg");
    if (outcome.passed) return;
  }
  while (outcome.tries < tries && !outcome.passed) {
    const [best, ...others] = rated.map(({ samples }) => samples);
    const samples = mutated(best, others.slice(0, OTHERS), draw);
    await send(samples, wavOf(samples), "audio/wav");
  }
}
