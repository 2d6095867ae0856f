import type { Turn } from "../../lib/diarize/error-rate.ts";
import { joinSamples } from "../../lib/live/input.ts";
import { bySpeaker, readClips, readHeldOut, type TrainClip } from "../../models/build/corpus.ts";
import { withReliableLabels } from "../../models/build/label-noise.ts";
import { type Random, randomOf } from "../../models/build/random.ts";
import {
  CONDITIONS,
  type Condition,
  readSounds,
  recorded,
  type Sounds,
  soundOf,
} from "../../models/build/recording-conditions.ts";
import { compose, type Person, RATE } from "./conversation.ts";

export type Task = {
  name: string;
  corpus: string;
  people: number;
  overlap: number;
  condition: Condition;
};
export type Example = Task & {
  samples: Float32Array;
  turns: readonly Turn[];
  /** A recording of every other person, as recorded, with other words than the conversation. */
  enrolled: readonly { speaker: string; samples: Float32Array }[];
};

const PEOPLE = [2, 3, 4, 5, 6];
const OVERLAPS = [0, 0.1];
/** Someone's recordings up to this length are kept for the enrollment; at least one. */
const ENROLLED_SECONDS = 10;
const MOST_SPEECH_SECONDS = 60;
/** A corpus with fewer people than this gives no conversations of its own. */
const LEAST_PEOPLE = 6;
/** Telephone recordings are recorded as they are only. */
const NARROW = new Set(["hyke"]);

export type Pool = { clips: ReadonlyMap<string, readonly TrainClip[]>; sounds: Sounds };

/** part: dev, or the speakers of train that were held out of training */
export async function openPool(speech: string, part: "dev" | "held-out"): Promise<Pool> {
  const heldOut = await readHeldOut();
  const listed =
    part === "dev"
      ? await readClips(speech, "dev")
      : withReliableLabels(await readClips(speech, "train")).filter(({ speaker }) => heldOut.has(speaker));
  return { clips: bySpeaker(listed), sounds: await readSounds(speech) };
}

/** Every number of people, overlap and condition, for each corpus with enough people. */
export function tasksOf({ clips }: Pool): Task[] {
  const corpora = Map.groupBy(clips.values(), ([first]) => first.corpus);
  return [...corpora]
    .filter(([, people]) => people.length >= LEAST_PEOPLE)
    .flatMap(([corpus]) =>
      PEOPLE.flatMap((people) =>
        OVERLAPS.flatMap((overlap) =>
          CONDITIONS.filter((condition) => !NARROW.has(corpus) || condition === "as recorded").map(
            (condition) => ({
              name: `${corpus} ${people} ${overlap} ${condition}`,
              ...{ corpus, people, overlap, condition },
            }),
          ),
        ),
      ),
    );
}

export async function exampleOf({ clips, sounds }: Pool, task: Task): Promise<Example> {
  const random = randomOf(task.name);
  const all = [...clips].filter(([, own]) => own[0].corpus === task.corpus).map(([speaker]) => speaker);
  const speakers = random.shuffled(all).slice(0, task.people);
  const people: Person[] = [];
  const enrolled: Example["enrolled"][number][] = [];
  for (const [i, speaker] of speakers.entries()) {
    const { first, rest } = await split(clips.get(speaker) ?? [], random);
    people.push({ speaker, speech: rest.subarray(0, MOST_SPEECH_SECONDS * RATE) });
    if (i % 2 === 0) enrolled.push({ speaker, samples: first });
  }
  const { samples, turns } = compose(people, task.overlap, random);
  return { ...task, samples: await recorded(samples, task.condition, sounds, random), turns, enrolled };
}

/** Recordings of people of the same corpus who aren't in the conversation. */
export async function othersOf(
  { clips }: Pool,
  { corpus, turns, name }: Pick<Example, "corpus" | "name" | "turns">,
  most: number,
): Promise<Example["enrolled"]> {
  const random = randomOf(`others ${name}`);
  const present = new Set(turns.map(({ speaker }) => speaker));
  const absent = [...clips].filter(([speaker, own]) => own[0].corpus === corpus && !present.has(speaker));
  const some = random.shuffled(absent).slice(0, most);
  return Promise.all(
    some.map(async ([speaker, own]) => ({ speaker, samples: (await split(own, random)).first })),
  );
}

/** first: about 10 s of whole recordings; rest: all others */
async function split(clips: readonly TrainClip[], random: Random) {
  const sounds = await Promise.all(random.shuffled(clips).map(({ path }) => soundOf(path)));
  let count = 0;
  for (
    let length = 0;
    count < sounds.length - 1 && (count === 0 || length < ENROLLED_SECONDS * RATE);
    count++
  )
    length += sounds[count].length;
  return { first: joinSamples(sounds.slice(0, count)), rest: joinSamples(sounds.slice(count)) };
}
