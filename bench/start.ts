/**
 * `npm run bench:start`: the time from the start of the server's process to the first verification
 * answered, and its processor time, from the sources and from the bundle, in turns.
 *
 * Options: --starts 5, --beside CHECKOUT (takes turns with another checkout that has its packages)
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processorMs } from "../test/support/lambda-runtime.ts";
import { percentile } from "../test/support/percentile.ts";
import { machine, print } from "./measure.ts";
import { enrolled, launch, residentMb, send, stop } from "./server.ts";

const ROOT = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { beside: { type: "string" }, starts: { type: "string" } } });
const starts = Number(values.starts ?? 5);

const SOURCES = ["--max-semi-space-size=2", "functions/local.ts"];
const ways: Record<string, { root?: string; server?: string[] }> = {
  ...(values.beside ? { beside: { root: values.beside, server: SOURCES } } : {}),
  sources: { server: SOURCES },
  bundle: {},
};

const samples = join(ROOT, "samples");
const clip = await readFile(join(samples, "awb/1.wav"));
const { server: first, data } = await enrolled(samples);
await stop(first);

print("machine", machine());
const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
const processors = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
const memory = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
// The first round of each fills its compile cache.
for (let round = -1; round < starts; round++)
  for (const [name, way] of Object.entries(ways)) {
    const began = performance.now();
    const server = await launch(data, way);
    await send(server, "/verify?speaker=awb", clip);
    const took = performance.now() - began;
    const resident = await residentMb(server.process.pid);
    const processor = await processorMs(server.process);
    await stop(server);
    if (round < 0) continue;
    times.get(name)?.push(took);
    processors.get(name)?.push(processor);
    memory.get(name)?.push(resident ?? Number.NaN);
  }
const median = (of: number[] | undefined) => percentile(Float64Array.from(of ?? []).sort(), 0.5);
for (const name of Object.keys(ways))
  print("start-to-first-verify", {
    of: name,
    starts,
    p50Ms: median(times.get(name)),
    leastMs: Math.min(...(times.get(name) ?? [])),
    processorMs: median(processors.get(name)),
    residentMb: median(memory.get(name)),
  });
await rm(data, { recursive: true });
