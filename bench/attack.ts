/**
 * `npm run bench:attack`: people of the development speech try to be accepted as someone else, on
 * an embedded registry with the default settings and a simulated clock. Prints a JSON line for each
 * attack, and a Markdown table for docs/security.md.
 *
 * Options: --victims N, --tries N for each victim by dictionary, --climb N for each victim by hill
 * climbing, --climbed N victims of hill climbing, --clips N of each person, --cache DIR keeps
 * embeddings for another run.
 */
import { parseArgs } from "node:util";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { seededRandom } from "../test/support/fake-world.ts";
import { type Outcome, openAttack, type Terms } from "./attack/attempts.ts";
import { byClimb, byDictionary, FEEDBACK } from "./attack/strategies.ts";
import { type DevClip, type DevSpeaker, openDevRegistry } from "./dev-registry.ts";
import { machine, markdownTable, print, type Row } from "./measure.ts";
import { spread } from "./spread.ts";

const ENROLLED_CLIPS = 4;
const LOOSE_FAR = 0.05;

const { values } = parseArgs({
  options: {
    victims: { type: "string", default: "48" },
    tries: { type: "string", default: "143" },
    climb: { type: "string", default: "60" },
    climbed: { type: "string", default: "12" },
    clips: { type: "string", default: "8" },
    cache: { type: "string" },
  },
});
const dev = await openDevRegistry({ clipsPerPerson: Number(values.clips), cache: values.cache });
const victims = spread(
  dev.speakers.filter(({ enrollable }) => enrollable.length >= 2),
  Number(values.victims),
);

/** Forced, so that the victims don't depend on the limits of the consistency check. */
async function enrollVictim({ speaker, enrollable }: DevSpeaker): Promise<void> {
  const clips = enrollable.slice(0, ENROLLED_CLIPS).map(({ input }) => input);
  await enroll(dev.services, { registry: dev.registry, speakerId: speaker, clips, force: true });
}

/** One clip of each other person, in an order of the victim's own. */
function clipsAgainst({ speaker }: DevSpeaker): DevClip[] {
  const { unit } = seededRandom(`attack on ${speaker}`);
  return dev.speakers
    .filter((other) => other.speaker !== speaker && other.probes.length > 0)
    .map(({ probes }) => ({ clip: probes[Math.floor(unit() * probes.length)], place: unit() }))
    .sort((a, b) => a.place - b.place)
    .map(({ clip }) => clip);
}

type Attack = { how: string; run: (victim: DevSpeaker, terms: Terms) => Promise<Outcome> };

const DICTIONARY: Attack = {
  how: "dictionary",
  async run(victim, terms) {
    const opened = openAttack(dev, victim.speaker, terms);
    await byDictionary(opened, clipsAgainst(victim), Number(values.tries));
    return opened.outcome;
  },
};
const climbing = (feedback: keyof typeof FEEDBACK): Attack => ({
  how: `hill climb by ${feedback}`,
  async run(victim, terms) {
    const opened = openAttack(dev, victim.speaker, terms);
    const { unit } = seededRandom(`climb to ${victim.speaker}`);
    const options = { tries: Number(values.climb), feedback: FEEDBACK[feedback], draw: unit };
    await byClimb(opened, clipsAgainst(victim), options);
    return opened.outcome;
  },
});

const rows: Row[] = [];

async function measure(
  { how, run }: Attack,
  attacked: readonly DevSpeaker[],
  { far, pauses }: Pick<Terms, "far" | "pauses">,
) {
  const terms = { name: `${how} ${far} ${pauses}`, far, pauses };
  const outcomes: Outcome[] = [];
  for (const victim of attacked) outcomes.push(await run(victim, terms));
  const passed = outcomes.filter((one) => one.passed);
  const within = (unit: "hours" | "tries", most: number) => passed.filter((one) => one[unit] <= most).length;
  const tries = passed.map((one) => one.tries).sort((a, b) => a - b);
  rows.push({
    attack: how,
    FAR: far ?? "own",
    pauses,
    victims: attacked.length,
    tries: outcomes.reduce((sum, one) => sum + one.tries, 0),
    passed: passed.length,
    "in 20 tries": within("tries", 20),
    "in 60 tries": within("tries", 60),
    "in an hour": within("hours", 1),
    "in a day": within("hours", 24),
    "median tries": tries[Math.floor(tries.length / 2)] ?? "-",
  });
  print("attack", rows[rows.length - 1]);
}

try {
  print("attack", { ...machine(), people: dev.speakers.length, victims: victims.length });
  for (const victim of victims) await enrollVictim(victim);
  for (const pauses of ["default", "new-callers", "off"] as const)
    for (const far of [undefined, LOOSE_FAR]) await measure(DICTIONARY, victims, { far, pauses });
  const some = spread(victims, Number(values.climbed));
  const terms = { far: undefined, pauses: "default" } as const;
  for (const attack of [DICTIONARY, climbing("bands"), climbing("scores")])
    await measure(attack, some, terms);
} finally {
  await dev.close();
}
console.log(`\n${markdownTable(rows)}`);
