import type { ClipInput } from "../../audio/types.ts";
import type { Services } from "../../ports/services.ts";
import type { MeasuredClip } from "../../schema/decision.ts";
import type { View } from "../../schema/zod.ts";
import { warningsOf } from "../scoring/probe-quality.ts";
import { qualityView } from "../speaker/speaker-view.ts";

/** Measures a clip as a decision would: its net speech, level, noise and band. Stores nothing. */
export async function measureQuality(
  { embedder }: Pick<Services, "embedder">,
  { clip }: { clip: ClipInput },
): Promise<View<typeof MeasuredClip>> {
  const { quality } = await embedder.embed(clip, { windows: false });
  return { quality: qualityView(quality), warnings: warningsOf(quality) };
}
