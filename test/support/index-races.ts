import { candidateIndexer } from "../../lib/adapters/aws/candidates/indexer.ts";
import { indexLedger } from "../../lib/adapters/aws/candidates/ledger.ts";
import type { Table } from "../../lib/adapters/aws/table.ts";
import type { CandidateIndex } from "../../lib/ports/candidate-index.ts";
import type { Services } from "../../lib/ports/services.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "../contract/store.ts";
import { fakeCohort } from "./fake-cohort.ts";
import { fakeModel, fakeVoice } from "./fake-embedder.ts";
import { type FakeClock, seededRandom } from "./fake-world.ts";

const cohort = fakeCohort(fakeModel());
const VOICES = 25;
/** Of fake time, between two races: an index that shows writes after minutes is behind by some. */
const SECONDS = 20;

export function searchIn(services: Services, voice: string, limit = 5, within?: readonly string[]) {
  const [embedding, stats] = [fakeVoice(voice), voiceStats(fakeVoice(voice), cohort)];
  const probe = { modelId: MODEL, cohort, embedding, stats };
  return services.gallery.search(HERE, probe, limit, within && new Set(within.map(speakerId)));
}

/**
 * wrong: one line for each search that missed a voice that was enrolled before it, returned one
 * that was erased before it or one twice, or counted wrong. The others: how many there were
 */
export type Raced = Record<"enrollments" | "erasures" | "resets" | "searches" | "runs" | "cutOff", number> & {
  wrong: string[];
};

/**
 * Runs races of enrollments, resets and erasures with searches in several processes, while
 * builders follow the log, of which some are cut off. Each builder and each third search belongs to
 * a process that has just started.
 *
 * opening: opens services as another process does
 */
export async function raceIndex(given: {
  races: number;
  index: CandidateIndex;
  table: Table;
  clock: FakeClock;
  opening(): Services;
}): Promise<Raced> {
  const { races, index, table, clock, opening } = given;
  const [one, two] = [opening(), opening()];
  const random = seededRandom("races");
  const oneOf = (most: number) => Math.floor(random.unit() * most);
  const counts = { enrollments: 0, erasures: 0, resets: 0, searches: 0, runs: 0, cutOff: 0 };
  const wrong: string[] = [];
  const builder = cutOff(index, table, () => random.unit());
  const place = { registryId: HERE, modelId: MODEL };
  const run = () => {
    counts.runs += 1;
    return candidateIndexer({ ...builder, table, clock })(place).catch(() => {
      counts.cutOff += 1;
    });
  };
  const search = (services: Services, name: string) => {
    counts.searches += 1;
    return searchIn(services, name);
  };
  const stored = new Map<string, number>();

  /** Enrolls, resets or erases a speaker. */
  async function change(services: Services, name: string, race: number, what: number): Promise<void> {
    const version = stored.get(name) ?? 0;
    if (version > 0 && what < 0.3) {
      counts.erasures += 1;
      await services.speakers.remove(HERE, speakerId(name));
      stored.delete(name);
      return;
    }
    const speaker = aSpeaker(name, version > 0 ? {} : { uid: `spk_${race}` });
    const uid = (await services.speakers.get(HERE, speakerId(name)))?.uid ?? speaker.uid;
    const bare = what > 0.8 ? { clips: [], sum: new Float64Array(fakeModel().dimension) } : {};
    counts[what > 0.8 ? "resets" : "enrollments"] += 1;
    await services.speakers.put({ ...speaker, uid, version: version + 1, ...bare });
    stored.set(name, version + 1);
  }

  for (let race = 0; race < races; race++) {
    const services = race % 2 ? one : two;
    const name = `v${oneOf(VOICES)}`;
    const what = random.unit();
    // A search that is under way during the change may find either.
    const around = search(race % 2 ? two : one, name);
    await change(services, name, race, what);
    clock.advance(SECONDS);
    const fresh = race % 3 === 0 ? opening() : services;
    const [found] = await Promise.all([search(fresh, name), ...(what > 0.6 ? [run()] : [])]);
    const speakers = await one.speakers.getMany(HERE, [...stored.keys()].map(speakerId));
    const compared = speakers.flatMap((speaker) => (speaker && speaker.clips.length > 0 ? [speaker] : []));
    const isCompared = compared.some((speaker) => speaker.speakerId === name);
    if ((found.hits[0]?.speakerId === name) !== isCompared) wrong.push(`${race} ${name}: hits`);
    if (found.searched !== compared.length) wrong.push(`${race}: ${found.searched}, not ${compared.length}`);
    // A voice that didn't change now, in a process that has just started.
    const other = compared[oneOf(compared.length)];
    if (fresh !== services && other) {
      const [first] = (await search(fresh, other.speakerId)).hits;
      if (first?.speakerId !== other.speakerId) wrong.push(`${race}: no ${other.speakerId}`);
    }
    const uids = found.hits.map(({ uid }) => uid);
    if (new Set(uids).size !== uids.length) wrong.push(`${race}: ${uids}`);
    await around;
  }
  return { ...counts, wrong };
}

/** An index and a ledger on which a builder is cut off now and then, at any step. */
function cutOff(index: CandidateIndex, table: Table, unit: () => number) {
  const ledger = indexLedger(table);
  const cutting: CandidateIndex = {
    ...index,
    async put(...given) {
      if (unit() < 0.2) throw new Error("cut off before");
      await index.put(...given);
      if (unit() < 0.2) throw new Error("cut off after");
    },
  };
  const cuttingLedger: typeof ledger = {
    ...ledger,
    async advance(...given) {
      if (unit() < 0.4) throw new Error("cut off before the state was written");
      return ledger.advance(...given);
    },
  };
  return { index: cutting, ledger: cuttingLedger };
}
