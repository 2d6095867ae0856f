/**
 * `npm run bench:index-races -- [--races 5000]`: races of enrollments, resets and erasures with
 * searches on both candidate indexes (docs/scale.md), with DynamoDB Local as the table and a
 * stand-in for the indexes, which shows writes to DynamoDB's late. Needs Java and moto.
 */
import { parseArgs } from "node:util";
import { startStandIns } from "../test/support/stand-ins.ts";
import { DELAYS, INDEXES, racesOn } from "../test/support/vector-races.ts";
import { print } from "./measure.ts";

const { values } = parseArgs({ options: { races: { type: "string", default: "5000" } } });
const races = Number(values.races);
if (!(Number.isInteger(races) && races > 0)) throw new RangeError("--races takes a number above 0");

const standIns = await startStandIns();
for (const kind of INDEXES) {
  const start = performance.now();
  const { wrong, ...counts } = await racesOn(kind, standIns, races);
  const seconds = (performance.now() - start) / 1000;
  print(`index-races-${kind}`, {
    races,
    ...counts,
    visibleAfterS: DELAYS[kind],
    wrong: wrong.length,
    seconds,
  });
  for (const line of wrong.slice(0, 20)) console.log(line);
  if (wrong.length > 0) process.exitCode = 1;
}
standIns.close();
