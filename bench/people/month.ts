import type { Turn } from "../../lib/diarize/error-rate.ts";
import { joinSamples } from "../../lib/live/input.ts";
import type { ListedClip } from "../../models/build/corpus.ts";
import { type Random, randomOf } from "../../models/build/random.ts";
import { type Condition, recorded, type Sounds, soundOf } from "../../models/build/recording-conditions.ts";
import { compose } from "../diarization/conversation.ts";

/** Who takes part in a recording, with clips that are in no other recording. */
export type Planned = {
  name: string;
  corpus: string;
  condition: Condition;
  people: readonly { speaker: string; clips: readonly ListedClip[] }[];
};

const RECORDINGS = 40;
const PEOPLE = [2, 3, 4, 5, 6];
const CONDITIONS: readonly Condition[] = ["as recorded", "room", "telephone"];
/** Speech of somebody in one recording, as the clips' lengths say. */
const PORTION_SECONDS = 12;
/** Telephone recordings are used as they are. */
const NARROW = new Set(["hyke"]);
/** People whose speech gives fewer recordings could not be heard again. */
const LEAST_PORTIONS = 2;

type Person = { speaker: string; portions: ListedClip[][] };

/**
 * The recordings of a month: each of people of one corpus, 2 to 6 of them, under one condition.
 * People come back as often as they have speech: none is heard twice with the same clip. Fewer than
 * RECORDINGS if the speech is used up.
 */
export function monthOf(clips: ReadonlyMap<string, readonly ListedClip[]>, name: string): Planned[] {
  const random = randomOf(`month ${name}`);
  const circles = circlesOf(clips, random);
  const month: Planned[] = [];
  for (let i = 0; month.length < RECORDINGS; i++) {
    const [corpus, circle] = circles[i % circles.length];
    const able = random.shuffled(circle.filter(({ portions }) => portions.length > 0));
    // Those with the most speech left come first, so that people come back over the whole month.
    able.sort((a, b) => b.portions.length - a.portions.length);
    const people = able
      .slice(0, PEOPLE[Math.floor(i / circles.length) % PEOPLE.length])
      .map(({ speaker, portions }) => ({ speaker, clips: portions.pop() ?? [] }));
    if (people.length < 2) {
      circles.splice(i % circles.length, 1);
      if (circles.length === 0) break;
      continue;
    }
    const condition = NARROW.has(corpus) ? "as recorded" : CONDITIONS[month.length % CONDITIONS.length];
    month.push({ name: `${name} ${month.length}`, corpus, condition, people });
  }
  return month;
}

/** For each corpus, the people with the most speech: enough for its share of the recordings. */
function circlesOf(clips: ReadonlyMap<string, readonly ListedClip[]>, random: Random): [string, Person[]][] {
  const people = [...clips].map(([speaker, own]) => ({
    ...{ speaker, corpus: own[0].corpus, portions: portionsOf(random.shuffled(own)) },
  }));
  const able = people.filter(({ portions }) => portions.length >= LEAST_PORTIONS);
  const circles = [...Map.groupBy(able, ({ corpus }) => corpus)].filter(([, own]) => own.length >= PEOPLE[1]);
  const mean = PEOPLE.reduce((sum, count) => sum + count, 0) / PEOPLE.length;
  const needed = (RECORDINGS * mean) / circles.length;
  return circles.map(([corpus, own]) => {
    let portions = 0;
    const circle = own
      .toSorted((a, b) => b.portions.length - a.portions.length)
      .filter((one, i) => {
        const isNeeded = portions < needed || i < Math.max(...PEOPLE);
        if (isNeeded) portions += one.portions.length;
        return isNeeded;
      });
    return [corpus, circle];
  });
}

function portionsOf(clips: readonly ListedClip[]): ListedClip[][] {
  const portions: ListedClip[][] = [];
  let open: ListedClip[] = [];
  for (const clip of clips) {
    open.push(clip);
    if (open.reduce((sum, { seconds }) => sum + seconds, 0) < PORTION_SECONDS) continue;
    portions.push(open);
    open = [];
  }
  return portions;
}

/** The samples of a planned recording, 16 kHz mono, and who speaks when in it. */
export async function recordingOf(
  { name, condition, people }: Planned,
  sounds: Sounds,
): Promise<{ samples: Float32Array; turns: readonly Turn[] }> {
  const random = randomOf(name);
  const voices = await Promise.all(
    people.map(async ({ speaker, clips }) => ({
      speaker,
      speech: joinSamples(await Promise.all(clips.map(({ path }) => soundOf(path)))),
    })),
  );
  const { samples, turns } = compose(voices, 0, random);
  return { samples: await recorded(samples, condition, sounds, random), turns };
}
