/**
 * Fits lib/live/fitted.ts on the held-out training speakers, and measures it on the development
 * speakers. Prints JSON lines; the two numbers of the line "fitted" belong into that file.
 *
 * npm run model:looks -- --speech DIR [--model models/ecapa-c256] [--workers 2]
 */
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { joinSamples } from "../../lib/live/input.ts";
import { readClips, readHeldOut } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { farOfLook, type HeardLook, looksAt, type Person, people } from "./looks.ts";
import { buildOptions } from "./options.ts";
import { randomOf } from "./random.ts";

/** Speech at which a single decision is measured, s. */
const LENGTHS = [1, 2, 4, 8];
/** Looks come every 0.5 s, and the first one when there are 1.2 to 1.5 s. */
const SLACK = 0.4;
const FARS = [0.01, 0.05];
/** Shares of accepted impostors at which the factor is fitted. */
const SHARES = [0.01, 0.02, 0.05];
/**
 * Share of turns of one voice in which a change is reported, for each number of windows. Such a
 * turn is only decided in two parts, but a change that isn't found leaves a gate open.
 */
const FALSE_CHANGES = 0.05;
/** Numbers of windows that are compared with what came before. */
const WINDOWS = [1, 2, 3];
const OTHER_SECONDS = 5;

const options = buildOptions(process.argv.slice(2));
const { embedder, cohorts, calibrations } = await openBundle({
  workers: options.workers,
  folder: options.model,
});
const { modelId } = embedder.model;
const setup = { cohort: await cohorts.bundled(modelId), calibration: await calibrations.bundled(modelId) };
const heldOut = await readHeldOut();
const training = withReliableLabels(await readClips(options.speech, "train")).filter(({ speaker }) =>
  heldOut.has(speaker),
);

const fitOn = await people(embedder, setup, training, options.workers);
const trials = trialsOf(fitOn);
const needed = SHARES.map((share) => neededLooks(trials.impostor, share));
const looks = Math.ceil(10 * Math.max(...needed)) / 10;
const changeLikeness = changeLimits(fitOn.flatMap(({ turns }) => turns));
print("fitted", { looks, changeLikeness, shares: SHARES, needed });
report("held out of training", trials, looks);
await reportChanges("held out of training", fitOn, changeLikeness);

const dev = await people(embedder, setup, await readClips(options.speech, "dev"), options.workers);
report("development", trialsOf(dev), looks);
await reportChanges("development", dev, changeLikeness);
await embedder.close();

type TurnFars = { seconds: number; far: number }[];

/** The rate of each look of each trial. Impostors are of the same corpus. */
function trialsOf(all: readonly Person[]): { genuine: TurnFars[]; impostor: TurnFars[] } {
  const made = { genuine: [] as TurnFars[], impostor: [] as TurnFars[] };
  for (const claimed of all)
    for (const { corpus, speaker, turns } of all) {
      if (corpus !== claimed.corpus) continue;
      const to = speaker === claimed.speaker ? made.genuine : made.impostor;
      for (const turn of turns)
        to.push(
          turn.map(({ look }) => ({
            seconds: look.quality.speechSeconds,
            far: farOfLook(setup, claimed.enrolled, look),
          })),
        );
    }
  return made;
}

/** The look with the most speech up to `seconds`; the first has more than a second. */
function lookAt(turn: TurnFars, seconds: number) {
  return turn.findLast((one) => one.seconds <= seconds + SLACK);
}

function anyTime(turn: TurnFars): number {
  return Math.min(...turn.map(({ far }) => far));
}

function rateOf(values: readonly (number | undefined)[], far: number): number {
  const known = values.filter((one) => one !== undefined);
  return known.filter((one) => one <= far).length / known.length;
}

/**
 * The factor by which the stated rate must be lower for a whole turn to be accepted as rarely as
 * single lengths are on average. It is fitted where this share of impostors is accepted: at the
 * stated rates too few are, as the model's thresholds hold for its worst conditions.
 */
function neededLooks(impostor: readonly TurnFars[], share: number): number {
  const singles = LENGTHS.flatMap((seconds) => impostor.flatMap((turn) => lookAt(turn, seconds)?.far ?? []));
  const whole = impostor.map(anyTime);
  const quantile = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(share * values.length)];
  return quantile(singles) / quantile(whole);
}

function report(speakers: string, { genuine, impostor }: ReturnType<typeof trialsOf>, factor: number): void {
  for (const far of FARS)
    for (const seconds of [...LENGTHS, undefined]) {
      const at = (turn: TurnFars) => (seconds === undefined ? anyTime(turn) : lookAt(turn, seconds)?.far);
      const rates = (looks: number) => ({
        far: round(rateOf(impostor.map(at), far / looks)),
        frr: round(1 - rateOf(genuine.map(at), far / looks)),
      });
      print("rates", {
        speakers,
        stated: far,
        at: seconds === undefined ? "any time" : `${seconds} s`,
        corrected: rates(factor),
        uncorrected: rates(1),
        turns: { genuine: genuine.length, impostor: impostor.length },
      });
    }
}

/** The lowest likeness of a turn's windows, for each number of windows. */
function leastLikeness(turn: readonly HeardLook[]): number[] {
  return WINDOWS.map((_, i) => Math.min(...turn.flatMap(({ likeness }) => likeness[i] ?? [])));
}

function changeLimits(turns: readonly HeardLook[][]): number[] {
  return WINDOWS.map((_, i) => {
    const least = turns.map((turn) => leastLikeness(turn)[i]).filter(Number.isFinite);
    return Math.floor(1000 * least.sort((a, b) => a - b)[Math.floor(FALSE_CHANGES * least.length)]) / 1000;
  });
}

function showsChange({ likeness }: HeardLook, limits: readonly number[]): boolean {
  return likeness.some((one, i) => one !== undefined && one < limits[i]);
}

/** How often a change is found in turns of one voice, and in turns that another one takes over. */
async function reportChanges(
  speakers: string,
  all: readonly Person[],
  limits: readonly number[],
): Promise<void> {
  const own = all.flatMap(({ turns }) => turns);
  const random = randomOf("changes");
  const delays: (number | undefined)[] = [];
  for (const person of all) {
    const others = all.filter(
      ({ corpus, speaker }) => corpus === person.corpus && speaker !== person.speaker,
    );
    if (others.length === 0) continue;
    const first = person.spoken[0].subarray(0, OTHER_SECONDS * 16_000);
    const joined = joinSamples([first, random.pick(others).spoken[0]]);
    const turn = await looksAt(embedder, joined);
    const found = turn.find((one) => one.atSeconds > OTHER_SECONDS && showsChange(one, limits));
    delays.push(found && found.atSeconds - OTHER_SECONDS);
  }
  const found = delays.filter((one) => one !== undefined).sort((a, b) => a - b);
  print("changes", {
    speakers,
    falseChanges: round(
      own.filter((turn) => turn.some((one) => showsChange(one, limits))).length / own.length,
    ),
    turns: own.length,
    found: round(found.length / delays.length),
    medianDelaySeconds: found[Math.floor(found.length / 2)],
    takeovers: delays.length,
  });
}

function round(rate: number): number {
  return Math.round(rate * 10_000) / 10_000;
}

function print(what: string, values: object): void {
  console.log(JSON.stringify({ what, ...values }));
}
