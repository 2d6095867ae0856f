import { AppError } from "../../error.ts";
import type { ListedClip, Speaker } from "../../ports/speaker.ts";
import { consistencyPoint } from "../../score/scoring/consistency.ts";
import { addFixed, fromFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import type { Calibration, ConsistencyPoint } from "../../score/scoring/types.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf, probeSide, type Side } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { conditionsOf, isOtherVoice, scoreTrial, usualMethod } from "../scoring/trial.ts";
import type { EnrollClip } from "./clips.ts";

/**
 * Where the model's limits don't hold, a clip is rejected that is ten times likelier to be another
 * voice than the speaker's (and that meets the second condition of `isOtherVoice`). A likelihood
 * ratio means the same for every model, method and duration.
 */
const INCONSISTENT_LLR = -Math.log(10);

type Voiceprint = { side: Side; clips: number };

/**
 * Compares each clip with the voiceprint of all clips before it, stored or in this request.
 *
 * bundled  the model's own calibration, which has the measured limits, if there are any. They hold
 *          for AS-Norm with the model's cohort. A calibration of the registry has none: the
 *          registry's clips have passed this check, so rates measured on them would be too low.
 * throws   `enrollment-inconsistent`
 */
export function refuseInconsistent(
  setup: ScoringSetup,
  bundled: Calibration,
  speaker: Speaker,
  clips: readonly EnrollClip[],
): void {
  let { sum } = speaker;
  let before: readonly Pick<ListedClip, "bandwidth" | "speechSeconds">[] = speaker.clips;
  for (const [i, clip] of clips.entries()) {
    const speechSeconds = speechOf(before);
    if (speechSeconds > 0) {
      const conditions = { speechSeconds, bandwidth: bandwidthOf(before) };
      const own = probeSide(setup, fromFixed(sum), conditions, speaker.uid);
      const side = { ...own, clips: before.length };
      const probe = probeSide(setup, clip.embedding, clip.quality, speaker.uid);
      const found = inconsistency(setup, bundled, { side, clips: before.length }, probe);
      if (found)
        throw new AppError(
          "enrollment-inconsistent",
          `Clip ${i + 1} of ${clips.length} does not sound like ${speaker.speakerId}'s other clips. ` +
            `${found.rates}Check who is speaking, or send \`force: true\`.`,
        );
    }
    sum = addFixed(sum, toFixed(clip.embedding), 1);
    before = [...before, clip.quality];
  }
}

/**
 * Undefined if the clip passes; `rates` says in words how often the check is wrong, if measured.
 */
function inconsistency(
  setup: ScoringSetup,
  bundled: Calibration,
  enrolled: Voiceprint,
  probe: Side,
): { rates: string } | undefined {
  const { side, clips } = enrolled;
  const { score, unboundedLlr, table } = scoreTrial(setup, { enrolled: side, probe }, usualMethod(setup));
  const point = consistencyPoint(bundled.consistency, {
    bandwidth: conditionsOf(side, probe).bandwidth,
    clips,
  });
  // The limits are AS-Norm scores with the cohort of their measurement, whatever decides otherwise.
  if (point && setup.cohort.id === bundled.cohortId && score.asNorm !== null)
    return score.asNorm < point.threshold ? { rates: `${ratesText(point)} ` } : undefined;
  if (!table) return undefined;
  return isOtherVoice(table, { ...score, unboundedLlr }, INCONSISTENT_LLR) ? { rates: "" } : undefined;
}

function ratesText({ measured: { far, frr } }: ConsistencyPoint): string {
  const percent = ({ rate }: { rate: number }) => Number((rate * 100).toPrecision(2));
  return (
    `This check passes ${percent(far)} % of other people's clips and ` +
    `rejects ${percent(frr)} % of the speaker's own, as measured for the model.`
  );
}
