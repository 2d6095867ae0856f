/**
 * `npm run bench:two-voices`: measures how often the check for several speakers reports clips of
 * one person and clips of two (models/build/mixtures makes them), on the development speech. Prints
 * a Markdown table.
 *
 * --model DIR        another model's folder
 * --peer FILE        pyannote's segmentation network (segmentation-3.0), measured on the same clips
 * --per-corpus N     people of a corpus (24)
 */
import { parseArgs } from "node:util";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { hasMultipleSpeakers } from "../lib/domain/scoring/multiple-speakers.ts";
import { readClips } from "../models/build/corpus.ts";
import { madeFile } from "../models/build/mixtures/embed.ts";
import { type PlannedMixture, plannedMixtures } from "../models/build/mixtures/list.ts";
import { type Person, peopleOf } from "../models/build/mixtures/people.ts";
import { listSounds } from "../models/build/mixtures/sounds.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { speechFolder } from "../test/support/speech.ts";
import { spread } from "./spread.ts";
import { PLANS } from "./two-voices/plans.ts";
import { openSegmentation } from "./two-voices/segmentation.ts";
import { type Result, tableOf } from "./two-voices/table.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    peer: { type: "string" },
    "per-corpus": { type: "string", default: "24" },
  },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const { embedder } = await openBundle({ workers: 2, ...(values.model && { folder: values.model }) });
const secondOf = values.peer === undefined ? undefined : await openSegmentation(values.peer);
const sounds = await listSounds(speech);
try {
  const clips = planned(peopleOf(await readClips(speech, "dev")));
  const results = await mapWithProgress("two voices", clips, 4, measured);
  console.log(tableOf(results.flat()));
} finally {
  await embedder.close();
}

function planned(all: readonly Person[]): PlannedMixture[] {
  const corpora = [...Map.groupBy(all, ({ corpus }) => corpus).values()];
  const people = corpora.flatMap((own) => spread(own, Number(values["per-corpus"])));
  return PLANS.flatMap((plan) => plannedMixtures(people, plan));
}

/** Empty for a clip with less than 1 s of speech, which gets no decision. */
async function measured(mixture: PlannedMixture): Promise<Result[]> {
  const bytes = await madeFile(mixture, sounds);
  const embedding = await embedder.embed({ bytes }, { windows: true });
  const { bandwidth, speechSeconds } = embedding.quality;
  if (speechSeconds < 1) return [];
  const reported = hasMultipleSpeakers(embedder, embedding);
  return [{ ...mixture, bandwidth, reported, second: await secondOf?.(bytes) }];
}
