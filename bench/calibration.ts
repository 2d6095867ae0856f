/**
 * `npm run bench:calibration`: fits thresholds on half of a list's speakers, measures them on the
 * other half, and compares them with the model's own thresholds. Prints the Markdown tables of
 * docs/calibration.md. `--cache DIR` keeps embeddings, `--figure FILE` draws the first table as
 * SVG.
 */
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { draw } from "../cli/evaluate/report/draw.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { knownTrial, type NamedSide } from "../lib/domain/calibration/trials.ts";
import { cachedEmbed, type EmbedClip } from "../lib/evaluate/embedding-cache.ts";
import { chooseMethod, qualityOn } from "../lib/score/fit/cross-validation.ts";
import { fitKind, type KnownTrial } from "../lib/score/fit/fit.ts";
import { shrunkTables } from "../lib/score/fit/shrink.ts";
import { methodOf, pointFor, tableFor } from "../lib/score/scoring/calibration.ts";
import { voiceStats } from "../lib/score/scoring/norm.ts";
import type {
  Calibration,
  CalibrationTable,
  Cohort,
  Method,
  OperatingPoint,
} from "../lib/score/scoring/types.ts";
import { readClips, type TrainClip } from "../models/build/corpus.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { speechFolder } from "../test/support/speech.ts";
import { type Holding, holdingFigure } from "./holding-figure.ts";

const METHOD = "as-norm";
const POOLED = { bucket: "any", bandwidth: "any" } as const;
const FARS = [0.01, 0.001];
const SPLITS = 20;
/** The service gives no score to a probe with less net speech. */
const MIN_SECONDS = 1;

const { values } = parseArgs({ options: { cache: { type: "string" }, figure: { type: "string" } } });
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const workers = availableParallelism();
const bundle = await openBundle({ workers });
const { modelId, name } = bundle.embedder.model;
const cohort = await bundle.cohorts.bundled(modelId);
const shipped = await bundle.calibrations.bundled(modelId);
const embedClip = await cachedEmbed(bundle.embedder, BUNDLED_MODEL, values.cache);
try {
  await main(await readClips(speech, "dev"));
} finally {
  await bundle.embedder.close();
}

async function main(clips: readonly TrainClip[]): Promise<void> {
  const sides = await mapWithProgress("dev", clips, 2 * workers, (clip) => sideOf(embedClip, cohort, clip));
  const short = sides.filter((side) => side === undefined).length;
  const corpora = [...new Set(clips.map(({ corpus }) => corpus))].sort();
  const measured = corpora.map((corpus) => {
    const own = sides.flatMap((side, i) => (side && clips[i].corpus === corpus ? [side] : []));
    const pairs = pairsOf(own);
    return { corpus, splits: Array.from({ length: SPLITS }, (_, seed) => split(pairs, seed)) };
  });
  console.log(
    `Model ${name}, AS-Norm, clip against clip, ${SPLITS} random halvings of each list's speakers.`,
  );
  console.log(
    `${short} clips with less than ${MIN_SECONDS} s of speech are skipped: the service gives them no score.\n`,
  );
  console.log(
    row(
      "list",
      "speakers",
      "impostor trials",
      "target FAR",
      "stated FAR, 95 %",
      "FAR on the other half (median, 5-95 %)",
      "inside",
    ),
  );
  console.log(row(...Array<string>(7).fill("---")));
  const holdings = measured.flatMap((one) => FARS.map((far) => holding(one, far)));
  for (const { line } of holdings) console.log(line);
  if (values.figure) {
    const svg = await draw(holdingFigure(holdings.flatMap(({ drawn }) => drawn ?? [])));
    await writeFile(values.figure, svg);
  }
  console.log("");
  const head = [
    "list",
    "scored by cosine",
    ...["own", "own, shrunk", "model's"].flatMap((from) => [`${from}: FAR`, "FRR", "Cllr"]),
  ];
  for (const cells of [head, head.map(() => "---")]) console.log(row(...cells));
  for (const one of measured) console.log(choosing(one));
}

type Split = {
  fitted: CalibrationTable | undefined;
  fitting: readonly KnownTrial[];
  heldOut: readonly KnownTrial[];
  fittedOn: number;
};
type Measured = { corpus: string; splits: readonly Split[] };

async function sideOf(embed: EmbedClip, voices: Cohort, clip: TrainClip): Promise<NamedSide | undefined> {
  const { embedding, quality } = await embed({ bytes: await readFile(clip.path) });
  if (!embedding || quality.speechSeconds < MIN_SECONDS) return undefined;
  const { speechSeconds, bandwidth, snrDb } = quality;
  const stats = voiceStats(embedding, voices);
  return { speaker: clip.speaker, voice: embedding, stats, speechSeconds, bandwidth, snrDb };
}

/** Returns every pair of clips once. */
function pairsOf(sides: readonly NamedSide[]): KnownTrial[] {
  return sides.flatMap((probe, i) => sides.slice(0, i).map((enrolled) => knownTrial(enrolled, probe)));
}

/**
 * Fits on a random half of the speakers and keeps the trials among the other half for measuring.
 */
function split(trials: readonly KnownTrial[], seed: number): Split {
  const speakers = [...new Set(trials.flatMap(({ enrolled, probe }) => [enrolled, probe]))].sort();
  const order = shuffled(speakers, seed + 1);
  const first = new Set(order.slice(0, Math.ceil(order.length / 2)));
  const among = (inside: boolean) =>
    trials.filter(({ enrolled, probe }) => first.has(enrolled) === inside && first.has(probe) === inside);
  const found = fitKind(among(true), POOLED, [METHOD]);
  return {
    fitted: "tables" in found ? found.tables[0] : undefined,
    fitting: among(true),
    heldOut: among(false),
    fittedOn: first.size,
  };
}

/** Shuffles by Fisher and Yates with xorshift32. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const all = [...items];
  let state = seed * 0x9e3779b9;
  for (let i = all.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

function holding({ corpus, splits }: Measured, far: number): { line: string; drawn?: Holding } {
  const points = splits.flatMap(({ fitted, heldOut, fittedOn }) => {
    const point = fitted?.points.find((one) => one.far === far);
    return point?.measured
      ? [{ point, stated: point.measured.far, fittedOn, found: errorRate(heldOut, false, () => point) }]
      : [];
  });
  const reason = splits[0].fitted?.lacking?.find((one) => one.far === far);
  const target = percent(far);
  if (points.length < splits.length) {
    const why = reason
      ? `too few trials: need ${reason.moreSpeakers} more speakers`
      : "too few speakers to fit on";
    return { line: row(corpus, splits[0].fittedOn, reason?.impostorTrials ?? "-", target, why, "-", "-") };
  }
  const inside = points.filter(({ stated, found }) => found >= stated.low && found <= stated.high).length;
  const at = (values: number[], p: number) =>
    values.sort((a, b) => a - b)[Math.round(p * (values.length - 1))];
  const found = points.map((one) => one.found);
  const [low, high] = (["low", "high"] as const).map((end) =>
    at(
      points.map(({ stated }) => stated[end]),
      0.5,
    ),
  );
  const line = row(
    corpus,
    points[0].fittedOn,
    points[0].point.impostorTrials,
    target,
    `${percent(low)} to ${percent(high)}`,
    `${percent(at(found, 0.5))} (${percent(at(found, 0.05))} to ${percent(at(found, 0.95))})`,
    `${inside} of ${points.length}`,
  );
  return { line, drawn: { list: corpus, targetFar: far, low, high, found } };
}

/**
 * As in the service: an own calibration, of which the scoring method is also chosen on the fitted
 * half, and the model's. FAR 1 % on the other half, and the Cllr there. Means over the splits.
 */
function choosing({ corpus, splits }: Measured): string {
  const chosen = splits.flatMap(({ fitting, heldOut }) => {
    const { method } = chooseMethod(fitting);
    const fit = fitKind(fitting, POOLED, [method]);
    if (!("tables" in fit) || !fit.tables[0]?.points.some(({ far }) => far === 0.01)) return [];
    const own = { method, tables: fit.tables };
    const shrunk = { method: shipped.method, tables: shrunkTables(fitting, shipped) };
    return [
      { method, rates: [own, shrunk, shipped].flatMap((calibration) => ratesBy(calibration, heldOut)) },
    ];
  });
  if (chosen.length === 0) return row(corpus, ...Array<string>(10).fill("-"));
  const means = meansOf(chosen.map(({ rates }) => rates));
  const byCosine = chosen.filter(({ method }) => method === "cosine").length;
  return row(
    corpus,
    `${byCosine} of ${chosen.length}`,
    ...means.map((x, i) => (i % 3 === 2 ? x.toFixed(3) : percent(x))),
  );
}

function ratesBy(
  calibration: Pick<Calibration, "method" | "tables">,
  trials: readonly KnownTrial[],
): number[] {
  const method = methodOf(calibration);
  const point = (trial: KnownTrial) => {
    const table = tableFor(calibration, method, trial.conditions);
    return table && pointFor(table, 0.01, trial.conditions);
  };
  const rates = [false, true].map((genuine) => errorRate(trials, genuine, point, method));
  return [...rates, qualityOn(calibration, method, trials)?.cllr ?? Number.NaN];
}

/** Averages K figures per split. Returns [K]. */
function meansOf(splits: readonly (readonly number[])[]): number[] {
  return splits[0].map((_, i) => splits.reduce((sum, one) => sum + one[i], 0) / splits.length);
}

/** FAR over the impostor trials, FRR over the genuine ones. */
function errorRate(
  trials: readonly KnownTrial[],
  genuine: boolean,
  point: (trial: KnownTrial) => OperatingPoint | undefined,
  by: Method = METHOD,
): number {
  const own = trials.filter((trial) => trial.genuine === genuine);
  const wrong = own.filter((trial) => {
    return (trial.scores[by] ?? Number.NaN) >= (point(trial)?.threshold ?? 0) !== genuine;
  });
  return wrong.length / own.length;
}

function row(...cells: readonly (number | string)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(2))} %`;
}
