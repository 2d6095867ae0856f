import { NO_WINDOWS } from "../../../lib/adapters/model/windows.ts";
import type { Bandwidth } from "../../../lib/audio/types.ts";
import type { EmbedClip } from "../../../lib/evaluate/embedding-cache.ts";
import type { ClipWindows } from "../../../lib/ports/model.ts";
import { mapWithProgress } from "../progress.ts";
import type { PlannedMixture } from "./list.ts";
import { mixtureFile } from "./mixture.ts";
import { samplesOf } from "./people.ts";
import type { Sounds } from "./sounds.ts";

/** A clip that was made and embedded. */
export type EmbeddedMixture = PlannedMixture & {
  bandwidth: Bandwidth;
  speechSeconds: number;
  windows: ClipWindows;
};

/** Reads the speech of a clip and makes it: a WAV file. */
export async function madeFile(planned: PlannedMixture, sounds: Sounds): Promise<Uint8Array> {
  const first = await samplesOf(planned.first);
  const second = planned.second === planned.first ? first : await samplesOf(planned.second);
  return mixtureFile(planned, first, second, sounds);
}

/**
 * Makes the clips and embeds them as the service does, `width` in parallel. Leaves out those with
 * less than 1 s of speech, which get no decision.
 */
export async function embedMixtures(
  embedClip: EmbedClip,
  planned: readonly PlannedMixture[],
  sounds: Sounds,
  width: number,
): Promise<EmbeddedMixture[]> {
  const embedded = await mapWithProgress("two voices", planned, width, async (mixture) => {
    const bytes = await madeFile(mixture, sounds);
    const { windows = NO_WINDOWS, quality } = await embedClip({ bytes }, { windows: true });
    const { bandwidth, speechSeconds } = quality;
    return { ...mixture, bandwidth, speechSeconds, windows };
  });
  return embedded.filter(({ speechSeconds }) => speechSeconds >= 1);
}
