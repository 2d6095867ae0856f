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
import { BUNDLED_MODEL, openBundle } from "../lib/adapters/model/bundle.ts";
import { knownTrial, type NamedSide } from "../lib/domain/calibration/trials.ts";
import { cachedEmbed, type EmbedClip } from "../lib/evaluate/embedding-cache.ts";
import { chooseMethod, qualityOn } from "../lib/score/fit/cross-validation.ts";
import { fitKind, type KnownTrial } from "../lib/score/fit/fit.ts";
import { pointFor, tableFor } from "../lib/score/scoring/calibration.ts";
import { voiceStats } from "../lib/score/scoring/norm.ts";
import {
  type Calibration,
  type CalibrationTable,
  type Cohort,
  type Method,
  type OperatingPoint,
  USUAL_METHODS,
  type UsualMethod,
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
  const kinds = ["own", "model's, pooled", "model's, of the kind"].flatMap((from) => [`${from}: FAR`, "FRR"]);
  console.log(row("list", ...kinds, "Cllr own", "Cllr model's"));
  console.log(row(...Array<string>(9).fill("---")));
  for (const one of measured) console.log(comparing(one));
  console.log("");
  console.log(
    row("list", "own: FAR", "FRR", "model's, laxest that keeps it: FAR", "FRR", "splits that have one"),
  );
  console.log(row(...Array<string>(6).fill("---")));
  for (const one of measured) console.log(keeping(one));
  console.log("");
  const model = USUAL_METHODS.flatMap((method) => [`model's by ${method}: FAR`, "FRR"]);
  console.log(row("list", "scored by cosine", "own: FAR", "FRR", "Cllr", ...model));
  console.log(row(...Array<string>(9).fill("---")));
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

/** A threshold for FAR 1 % on the other half, and the Cllr there. Means over the splits. */
function comparing({ corpus, splits }: Measured): string {
  const pooled = pointOf(shipped, undefined);
  const rates = splits.flatMap(({ fitted, heldOut }) => {
    const own = fitted?.points.find((one) => one.far === 0.01);
    if (!fitted || !own) return [];
    const points = [() => own, () => pooled, (trial: KnownTrial) => pointOf(shipped, trial)];
    const tables = [{ tables: [fitted] }, shipped];
    return [
      [
        ...points.flatMap((point) => [errorRate(heldOut, false, point), errorRate(heldOut, true, point)]),
        ...tables.map((one) => qualityOn(one, METHOD, heldOut)?.cllr ?? Number.NaN),
      ],
    ];
  });
  if (rates.length === 0) return row(corpus, "too few trials", ...Array<string>(7).fill("-"));
  const means = meansOf(rates);
  return row(corpus, ...means.map((mean, i) => (i < 6 ? percent(mean) : mean.toFixed(3))));
}

/**
 * The registry's own threshold against the model's laxest pooled threshold that keeps FAR 1 % on
 * the measured half. That choice needs the half's labels, so it flatters the model. Means over the
 * splits that have one.
 */
function keeping({ corpus, splits }: Measured): string {
  const points = shipped.tables.find((one) => one.method === METHOD && isPooled(one))?.points ?? [];
  const rates = splits.flatMap(({ fitted, heldOut }) => {
    const own = fitted?.points.find((one) => one.far === 0.01);
    const kept = points.findLast((point) => errorRate(heldOut, false, () => point) <= 0.01);
    if (!own || !kept) return [];
    return [
      [own, kept].flatMap((point) => [false, true].map((side) => errorRate(heldOut, side, () => point))),
    ];
  });
  if (rates.length === 0) return row(corpus, ...Array<string>(4).fill("-"), `0 of ${splits.length}`);
  const means = meansOf(rates);
  return row(corpus, ...means.map(percent), `${rates.length} of ${splits.length}`);
}

/**
 * Also chooses the scoring method on the fitted half, as the service does. Means over the splits at
 * FAR 1 %.
 */
function choosing({ corpus, splits }: Measured): string {
  const pooled = (method: UsualMethod) => {
    const table = shipped.tables.find((one) => one.method === method && isPooled(one));
    return table && pointFor(table, 0.01);
  };
  const chosen = splits.flatMap(({ fitting, heldOut }) => {
    const { method } = chooseMethod(fitting);
    const fit = fitKind(fitting, POOLED, [method]);
    const [table] = "tables" in fit ? fit.tables : [];
    const own = table?.points.find((one) => one.far === 0.01);
    if (!own) return [];
    const both = (by: UsualMethod, point: OperatingPoint | undefined) =>
      [false, true].map((side) => errorRate(heldOut, side, () => point, by));
    const cllr = qualityOn({ tables: [table] }, method, heldOut)?.cllr ?? Number.NaN;
    const rates = [...both(method, own), cllr, ...USUAL_METHODS.flatMap((by) => both(by, pooled(by)))];
    return [{ method, rates }];
  });
  if (chosen.length === 0) return row(corpus, ...Array<string>(8).fill("-"));
  const means = meansOf(chosen.map(({ rates }) => rates));
  const byCosine = chosen.filter(({ method }) => method === "cosine").length;
  return row(
    corpus,
    `${byCosine} of ${chosen.length}`,
    ...means.map((x, i) => (i === 2 ? x.toFixed(3) : percent(x))),
  );
}

/** Averages K figures per split. Returns [K]. */
function meansOf(splits: readonly (readonly number[])[]): number[] {
  return splits[0].map((_, i) => splits.reduce((sum, one) => sum + one[i], 0) / splits.length);
}

function isPooled({ bucket, bandwidth }: CalibrationTable): boolean {
  return bucket === "any" && bandwidth === "any";
}

function pointOf(calibration: Calibration, trial: KnownTrial | undefined): OperatingPoint | undefined {
  const table = trial
    ? tableFor(calibration, METHOD, trial.conditions)
    : calibration.tables.find((one) => one.method === METHOD && isPooled(one));
  return table && pointFor(table, 0.01);
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
