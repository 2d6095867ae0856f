/**
 * Sets the thresholds of a model that is already built, as build.ts does, and changes nothing else
 * in calibration.json. Takes the options of build.ts.
 *
 * npm run model:thresholds -- --speech DIR [--model models/ecapa-c256] [--cache DIR] [--workers 2]
 */
import { contentOf, openBuilt, saveCalibration } from "./built-model.ts";
import { readSounds } from "./recording-conditions.ts";
import { modelThresholds } from "./thresholds.ts";
import type { Training } from "./workbench.ts";

const { speech, model, clips, cohort, embedClip, width, close } = await openBuilt(process.argv.slice(2));
const training: Training = await contentOf(model, "training.json");
const bands = training.cohortMeasures ?? [];
const made = await modelThresholds(embedClip, cohort, clips, await readSounds(speech), {
  bands,
  width,
}).finally(close);

const { consistency } = await contentOf(model, "calibration.json");
await saveCalibration(model, { ...made.file, consistency }, { errorRates: { heldOutEer: made.eer } });
for (const { method, bandwidth, crossBand, bucket, points } of made.file.tables)
  for (const { far, threshold, frr, setBy, measured } of points)
    if (bucket === "any")
      console.log(
        JSON.stringify({
          method,
          bandwidth,
          crossBand,
          far,
          threshold,
          frr,
          measured: measured?.far.rate,
          setBy,
        }),
      );
