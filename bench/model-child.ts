/**
 * `node bench/model-child.ts FOLDER CLIP`: prints what a model costs in a process of its
 * own. Run by bench/models.ts.
 */
import { readFile } from "node:fs/promises";
import { loadModel } from "../lib/adapters/model/load.ts";
import { percentile } from "../test/support/percentile.ts";
import { residentMb } from "./server.ts";

const RUNS = 40;
const [folder, clip] = process.argv.slice(2);
const bytes = await readFile(clip);
const emptyMb = (await residentMb(process.pid)) ?? Number.NaN;
const { embed, release } = await loadModel(folder);
const cpuMs: number[] = [];
for (let i = 0; i < RUNS; i++) {
  const before = process.cpuUsage();
  await embed({ bytes });
  const { user, system } = process.cpuUsage(before);
  cpuMs.push((user + system) / 1000);
}
const rssMb = (await residentMb(process.pid)) ?? Number.NaN;
await release();
cpuMs.sort((a, b) => a - b);
console.log(
  JSON.stringify({ cpuP50Ms: percentile(Float64Array.from(cpuMs), 0.5), addedMb: rssMb - emptyMb }),
);
