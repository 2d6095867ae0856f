import { CONDITIONS, type Condition, type Kind, type Mixture, ONE_PERSON, TWO_PEOPLE } from "./mixture.ts";
import { type Person, type Piece, piecesOf } from "./people.ts";

/** A clip to make, with the speech it is made of. */
export type PlannedMixture = Mixture & { first: Piece; second: Piece };

export type Plan = {
  seconds: readonly number[];
  kinds: readonly Kind[];
  conditions: readonly Condition[];
  /** The most clips of a kind, length and condition with a person as the first speaker. */
  perPerson: number;
};

/** Corpora that were recorded by telephone: they stay as they are. */
const TELEPHONE_CORPORA = new Set(["hyke"]);
/** The second person's share of a clip; the whole clip for an overlap. */
const SHARES: Record<Kind, readonly [first: number, second: number]> = {
  one: [1, 0],
  rooms: [1, 0],
  levels: [1, 0],
  sessions: [0.5, 0.5],
  change: [0.5, 0.5],
  turns: [0.5, 0.5],
  unequal: [0.8, 0.2],
  overlap: [1, 1],
};

/**
 * Plans clips of one person and of two people of one corpus: another corpus was recorded with other
 * microphones, which would make two people easier to tell apart.
 */
export function plannedMixtures(people: readonly Person[], plan: Plan): PlannedMixture[] {
  const corpora = [...Map.groupBy(people, ({ corpus }) => corpus).values()];
  return corpora.flatMap((own) =>
    own.flatMap((person, i) =>
      plan.seconds.flatMap((seconds) =>
        plan.kinds.flatMap((kind) => {
          const others = own.map((_, k) => own[(i + 1 + k) % own.length]).slice(0, own.length - 1);
          const pairs = pairsOf(person, others, kind, seconds, plan.perPerson);
          return pairs.flatMap(([first, second], n) =>
            conditionsOf(person, kind, plan).map((condition) => {
              const { speaker, corpus } = person;
              const name = [speaker, kind, seconds, condition, n].join(" ");
              return { name, kind, condition, corpus, seconds, speaker, first, second };
            }),
          );
        }),
      ),
    ),
  );
}

function pairsOf(
  person: Person,
  others: readonly Person[],
  kind: Kind,
  seconds: number,
  most: number,
): [Piece, Piece][] {
  const [first, second] = SHARES[kind].map((share) => share * seconds);
  const own = piecesOf(person, first, most);
  if (kind === "sessions") return sessionPairs(person, seconds, most);
  if (ONE_PERSON.some((one) => one === kind)) return own.map((piece) => [piece, piece]);
  return others.slice(0, most).flatMap((other, k): [Piece, Piece][] => {
    const theirs = piecesOf(other, second, most);
    return own.length > 0 && theirs.length > 0 ? [[own[k % own.length], theirs[k % theirs.length]]] : [];
  });
}

/** Each session of the person with the next one. */
function sessionPairs({ sessions, ...person }: Person, seconds: number, most: number): [Piece, Piece][] {
  const pieces = sessions.flatMap((session) => piecesOf({ ...person, sessions: [session] }, seconds / 2, 1));
  return pieces.slice(1, most + 1).map((piece, i) => [pieces[i], piece]);
}

/** Only the most usual clips are made in every condition. */
function conditionsOf({ corpus }: Person, kind: Kind, { conditions }: Plan): readonly Condition[] {
  if (TELEPHONE_CORPORA.has(corpus)) return ["recorded"];
  if (kind === "one" || kind === "change") return conditions;
  const some: readonly Condition[] = TWO_PEOPLE.some((one) => one === kind)
    ? ["recorded", "telephone"]
    : ["recorded"];
  return CONDITIONS.filter((one) => some.includes(one) && conditions.includes(one));
}
