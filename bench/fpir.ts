/**
 * `npm run bench:fpir`: how often identify names somebody for a voice that isn't enrolled, the
 * false-positive identification rate (FPIR), beside the rate that was asked for.
 *
 * The probes are clips of the development speakers. Each is searched among the voiceprints of all
 * other development speakers, of the training speakers, and of simulated ones. Prints a Markdown
 * table. Options: --cache DIR keeps embeddings, --voices N,N,... simulated voices,
 * --training N training speakers.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { search } from "../lib/domain/decision/search.ts";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { scoringSetup } from "../lib/domain/scoring/setup.ts";
import { AppError } from "../lib/error.ts";
import { parseSpeakerId, type SpeakerId } from "../lib/id.ts";
import { addFixed, toFixed } from "../lib/score/scoring/fixed-point.ts";
import { speakerStats } from "../lib/score/scoring/norm.ts";
import { bySpeaker, readClips } from "../models/build/corpus.ts";
import { speechFolder } from "../test/support/speech.ts";
import { type DevClip, openDevRegistry } from "./dev-registry.ts";
import { machine, markdownTable } from "./measure.ts";
import { simulatedVoices } from "./simulated-voices.ts";

const ENROLLED = 3;
/** Of a training speaker, whose clips are long. */
const TRAINING_CLIPS = 1;
const PROBES = 3;
const FARS = [0.01, 0.05];

const { values } = parseArgs({
  options: {
    cache: { type: "string" },
    voices: { type: "string", default: "0,1000,10000" },
    training: { type: "string", default: "3000" },
  },
});
const sizes = values.voices.split(",").map(Number);
const dev = await openDevRegistry({ clipsPerPerson: ENROLLED + PROBES + 2, cache: values.cache });
const { services, registry } = dev;

/** Returns whether the voiceprint has at least one clip. */
async function enrollClips(speakerId: SpeakerId, clips: readonly DevClip["input"][]): Promise<boolean> {
  let entered = 0;
  for (const input of clips)
    try {
      await enroll(services, { registry, speakerId, clips: [input], force: true });
      entered += 1;
    } catch (error) {
      // Too short or too noisy.
      if (!(error instanceof AppError)) throw error;
    }
  return entered > 0;
}

async function enrollTraining(): Promise<SpeakerId[]> {
  const people = bySpeaker(await readClips(speechFolder() ?? "", "train"));
  const enrolled: SpeakerId[] = [];
  for (const [name, clips] of [...people].slice(0, Number(values.training))) {
    const speakerId = parseSpeakerId(`train-${name}`);
    const inputs = await Promise.all(
      clips
        .slice(0, TRAINING_CLIPS)
        .map(async ({ path }) => ({ bytes: await readFile(path), mediaType: undefined })),
    );
    if (speakerId && (await enrollClips(speakerId, inputs))) enrolled.push(speakerId);
  }
  return enrolled;
}

async function putSimulated(count: number): Promise<SpeakerId[]> {
  const { cohort } = await scoringSetup(services, registry.registryId);
  const voiceOf = simulatedVoices(cohort);
  const now = dev.clock.now().toISOString();
  const ids: SpeakerId[] = [];
  for (let n = 0; n < count; n++) {
    const [speakerId, uid] = [parseSpeakerId(`simulated-${n}`), `spk_simulated${n}` as const];
    if (!speakerId) throw new RangeError(`simulated ${n}`);
    const voice = voiceOf(n);
    // As enrolled from three clips of five seconds.
    const clips = [0, 1, 2].map((i) => ({
      clipId: `clp_${n}_${i}` as const,
      audioSha256: "0".repeat(64),
      speechSeconds: 5,
    }));
    await services.speakers.put({
      ...{ registryId: registry.registryId, speakerId, uid, optedOut: false, name: undefined, metadata: {} },
      ...{ consent: undefined, modelId: cohort.modelId, clips, stats: speakerStats(voice, cohort, uid) },
      sum: addFixed(new Float64Array(cohort.dimension), toFixed(voice), 1),
      ...{ version: 1, createdAt: now, updatedAt: now },
    });
    ids.push(speakerId);
  }
  return ids;
}

try {
  const people = dev.speakers.filter(({ enrollable, probes }) => enrollable.length >= 1 && probes.length > 1);
  for (const { speaker, enrollable } of people)
    await enrollClips(
      speaker,
      enrollable.slice(0, ENROLLED).map(({ input }) => input),
    );
  const training = await enrollTraining();
  const simulated = await putSimulated(Math.max(...sizes));
  const setup = await scoringSetup(services, registry.registryId);
  const rows = [];
  for (const size of sizes) {
    const counts = FARS.map(() => ({ probes: 0, match: 0, ambiguous: 0, searched: 0 }));
    for (const { speaker, probes } of people) {
      const others = people.map((one) => one.speaker).filter((one) => one !== speaker);
      const within = new Set([...others, ...training, ...simulated.slice(0, size)]);
      for (const { input } of probes.slice(-PROBES)) {
        const probe = await services.embedder.embed(input);
        for (const [i, far] of FARS.entries()) {
          const found = await search(services, setup, probe, { registry, far, limit: 5, within });
          if (found.decision === "inconclusive") continue;
          counts[i].probes += 1;
          counts[i].searched = found.searched;
          if (found.decision === "match") counts[i].match += 1;
          if (found.decision === "ambiguous") counts[i].ambiguous += 1;
        }
      }
    }
    for (const [i, { probes, match, ambiguous, searched }] of counts.entries())
      rows.push({
        voices: searched.toLocaleString("en"),
        "of these simulated": size.toLocaleString("en"),
        "rate asked for": `${100 * FARS[i]} %`,
        probes,
        match,
        ambiguous,
        FPIR: `${((100 * match) / probes).toFixed(2)} %`,
        "at most (95 %)": `${(100 * upperBound(match, probes)).toFixed(2)} %`,
      });
  }
  const { cpu, cores, node } = machine();
  console.log(
    `${markdownTable(rows)}\n\n${people.length} development and ${training.length} training speakers.`,
  );
  console.log(`${cpu}, ${cores} cores, Node ${node}.`);
} finally {
  await dev.close();
}

/** One-sided 95 % bound of a rate, by the Poisson distribution, solved by bisection. */
function upperBound(events: number, trials: number): number {
  const atMost = (mean: number) => {
    let [term, sum] = [Math.exp(-mean), 0];
    for (let k = 0; k <= events; k++) {
      sum += term;
      term *= mean / (k + 1);
    }
    return sum;
  };
  let [low, high] = [0, 10 * (events + 3)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMost(middle) > 0.05) low = middle;
    else high = middle;
  }
  return Math.min(1, high / trials);
}
