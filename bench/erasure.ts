/**
 * `npm run bench:erasure -- [--voices 1000] [--erasures 24] [--seconds 150]`: how long after the
 * call of an erasure the person's ID and voice are still in a file, a version of a snapshot or a
 * vector index. The aim is 60 s. Needs Java and moto.
 *
 * On AWS, the table's stream starts the builder. Here a timer does, as late as the stream may: 30 s
 * after the first change. What AWS takes to deliver it isn't measured.
 */
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type ErasurePlace, erase, nameOf, onAws, onFiles } from "../test/support/erasure-places.ts";
import { percentile } from "../test/support/percentile.ts";
import { startStandIns } from "../test/support/stand-ins.ts";
import { print } from "./measure.ts";

const { values } = parseArgs({
  options: {
    voices: { type: "string", default: "1000" },
    erasures: { type: "string", default: "24" },
    seconds: { type: "string", default: "150" },
  },
});
const [voices, erasures, seconds] = [values.voices, values.erasures, values.seconds].map(Number);

const standIns = await startStandIns();
const places = [
  await onFiles(voices),
  await onAws("snapshots", standIns, voices),
  await onAws("dynamodb", standIns, voices),
  await onAws("s3vectors", standIns, voices),
];
for (const place of places) {
  await place.build();
  const kept = await isKept(place, [0, 1, voices - 1]);
  if (kept.length < 3) throw new RangeError(`${place.name} has no voices to erase`);
}
await Promise.all(places.map(measure));
for (const place of places) await place.close();
standIns.close();

/** Erases speakers at even times, so that they fall into any part of the stream's windows. */
async function measure(place: ErasurePlace): Promise<void> {
  const open = new Map<number, number>();
  const took: number[] = [];
  let building: Promise<void> | undefined;
  const note = async () => {
    const kept = new Set(await isKept(place, [...open.keys()]));
    const now = performance.now();
    for (const [n, at] of open)
      if (!kept.has(n)) {
        took.push((now - at) / 1000);
        open.delete(n);
      }
  };
  /** The stream's next batch: it collects changes, and the builder runs. */
  const batch = async (windowS: number) => {
    await setTimeout(1000 * windowS);
    building = undefined;
    await place.build();
    await note();
  };
  const batches: Promise<void>[] = [];
  for (let i = 0; i < erasures; i++) {
    await setTimeout((1000 * seconds) / erasures);
    const n = numberOf(i);
    open.set(n, performance.now());
    await erase(place, n);
    if (place.windowS === undefined) {
      await note();
      // The next file, which must lack everyone who was erased.
      await place.build();
      const erased = Array.from({ length: i + 1 }, (_, past) => numberOf(past));
      const back = await isKept(place, erased);
      if (back.length > 0) throw new RangeError(`${back.map(nameOf)} came back`);
    } else if (!building) {
      building = batch(place.windowS);
      batches.push(building);
    }
  }
  await Promise.all(batches);
  const times = Float64Array.from(took).sort();
  print("erasure", {
    from: place.name,
    voices,
    erasures,
    gone: took.length,
    p50S: percentile(times, 0.5),
    p99S: percentile(times, 0.99),
  });
}

/** The number of the speaker that is erased as the ith. */
function numberOf(i: number): number {
  return Math.floor((i * voices) / erasures);
}

/** Those of the speakers whose ID or uid is in some bytes. */
async function isKept(place: ErasurePlace, speakers: readonly number[]): Promise<number[]> {
  const contents = (await place.contents()).map((bytes) => Buffer.from(bytes));
  return speakers.filter((n) => contents.some((bytes) => bytes.includes(nameOf(n))));
}
