/**
 * `npm run bench:poisoning`: measures the check that a clip to enroll sounds like the speaker's
 * other clips. Enrolls one to seven clips of each person of the development speech, then one of the
 * person's own clips and clips of other people of the same list, without `force`. Prints a JSON
 * line for each list and number of clips, and a Markdown table for docs/security.md.
 *
 * Options: --clips N of each person, --cache DIR keeps embeddings for another run.
 */
import { parseArgs } from "node:util";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { deleteClip } from "../lib/domain/speaker/clip.ts";
import { AppError } from "../lib/error.ts";
import { type DevClip, type DevSpeaker, openDevRegistry } from "./dev-registry.ts";
import { machine, markdownTable, print, type Row } from "./measure.ts";

const MOST_CLIPS = 7;
const OWN_CLIPS = 2;
const IMPOSTORS = 10;

const { values } = parseArgs({
  options: { clips: { type: "string", default: "8" }, cache: { type: "string" } },
});
const dev = await openDevRegistry({ clipsPerPerson: Number(values.clips), cache: values.cache });
type Result = { list: string; clips: number; genuine: boolean; entered: boolean; warned: boolean };

/** Enrolls the clip and takes it out again; `warned`: it resembles another enrolled speaker. */
async function tryClip({ speaker }: DevSpeaker, { input }: DevClip) {
  const { registry, services } = dev;
  try {
    const reply = await enroll(services, { registry, speakerId: speaker, clips: [input] });
    const [{ id, similarSpeakers }] = reply.clips;
    await deleteClip(services, { registry, speakerId: speaker, clipId: id });
    return { entered: true, warned: similarSpeakers.length > 0 };
  } catch (error) {
    if (error instanceof AppError && error.slug === "enrollment-inconsistent")
      return { entered: false, warned: false };
    throw error;
  }
}

const rotated = <T>(items: readonly T[], by: number): T[] =>
  items.map((_, i) => items[(i + by) % items.length]);

/** The person's first clip that isn't enrolled, or the last one. */
const unusedClip = ({ enrollable }: DevSpeaker, clips: number): DevClip =>
  enrollable[Math.min(clips, enrollable.length - 1)];

async function measureSpeaker(victim: DevSpeaker, clips: number): Promise<Result[]> {
  const { corpus: list, enrollable } = victim;
  const own = enrollable.slice(clips, clips + OWN_CLIPS).map((clip) => ({ clip, genuine: true }));
  const others = dev.speakers.filter(
    (other) => other.corpus === list && other !== victim && other.enrollable.length > 0,
  );
  const at = dev.speakers.indexOf(victim);
  const impostors = rotated(others, at)
    .slice(0, IMPOSTORS)
    .map((other) => ({ clip: unusedClip(other, clips), genuine: false }));
  const results: Result[] = [];
  for (const { clip, genuine } of [...own, ...impostors])
    results.push({ list, clips, genuine, ...(await tryClip(victim, clip)) });
  return results;
}

function report(results: readonly Result[], list: string, clips: number): Row | undefined {
  const some = results.filter((one) => (list === "all" || one.list === list) && one.clips === clips);
  const [genuine, impostors] = [true, false].map((of) => some.filter((one) => one.genuine === of));
  const entered = impostors.filter((one) => one.entered);
  const refused = genuine.filter((one) => !one.entered);
  const warned = entered.filter((one) => one.warned);
  if (genuine.length === 0 || impostors.length === 0) return undefined;
  const counts = { impostors: impostors.length, entered: entered.length, warned: warned.length };
  print("poisoning", { list, clips, ...counts, genuine: genuine.length, refused: refused.length });
  const rate = (count: number, of: number) => `${((100 * count) / of).toFixed(1)} %`;
  return {
    list,
    "enrolled clips": clips,
    "impostor clips": impostors.length,
    entered: rate(entered.length, impostors.length),
    "of these with a warning": entered.length > 0 ? rate(warned.length, entered.length) : "-",
    "own clips": genuine.length,
    refused: rate(refused.length, genuine.length),
  };
}

try {
  print("poisoning", machine());
  const results: Result[] = [];
  for (let clips = 1; clips <= MOST_CLIPS; clips++) {
    const victims = dev.speakers.filter(({ enrollable }) => enrollable.length > clips);
    for (const { speaker, enrollable } of victims)
      await enroll(dev.services, {
        registry: dev.registry,
        speakerId: speaker,
        clips: [enrollable[clips - 1].input],
        force: true,
      });
    for (const victim of victims) results.push(...(await measureSpeaker(victim, clips)));
  }
  const lists = [...new Set(results.map((one) => one.list)), "all"];
  const numbers = Array.from({ length: MOST_CLIPS }, (_, i) => i + 1);
  const reported = lists.flatMap((list) => numbers.map((clips) => report(results, list, clips)));
  const rows = reported.filter((row) => row !== undefined);
  console.log(`\n${markdownTable(rows)}`);
} finally {
  await dev.close();
}
