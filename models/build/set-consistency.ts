/**
 * Sets the limits of the consistency check of a model that is already built, as build.ts does, and
 * changes nothing else in calibration.json. Takes the options of build.ts.
 *
 * npm run model:consistency -- --speech DIR [--model models/ecapa-c256] [--cache DIR] [--workers 2]
 */
import { contentOf, openBuilt, saveCalibration } from "./built-model.ts";
import { measureConsistency } from "./consistency-points.ts";

const { model, clips, cohort, embedClip, width, close } = await openBuilt(process.argv.slice(2));
const consistency = await measureConsistency(embedClip, cohort, clips, width).finally(close);

await saveCalibration(model, { ...(await contentOf(model, "calibration.json")), consistency });
for (const { bandwidth, clips: count, threshold, measured } of consistency.points) {
  const { far, frr } = measured;
  const rates = { far: far.rate, frr: frr.rate, impostorTrials: far.trials, genuineTrials: frr.trials };
  console.log(JSON.stringify({ bandwidth, clips: count, threshold, ...rates }));
}
