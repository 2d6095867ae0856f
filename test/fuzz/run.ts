/**
 * `npm run fuzz -- [FORMAT...] [--inputs N] [--from SEED] [--save FILE]`: decodes mutated files of
 * each format, each in a process that is ended if it takes too long.
 *
 * Prints a JSON line for each input that crashes or hangs a decoder, ends in another error than a
 * problem about audio, or takes 64 MB to refuse; and one for each format. Its seed gives the same
 * input again: `npm run fuzz -- mp4 --from SEED --inputs 1 --save input.bin`.
 *
 * Exits with 1 if there is any.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Outcome } from "./child.ts";
import { fixtures } from "./fixtures.ts";
import { mutated } from "./mutate.ts";

const CHILD = join(import.meta.dirname, "child.ts");
/** Inputs that are sent together. */
const BATCH = 50;
/** Much longer than a batch takes, even on a machine with other work. */
const MAX_SECONDS = 60;
const MAX_MB = 64;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
const unknown = positionals.filter((name) => !(name in fixtures));
if (unknown.length > 0) throw new Error(`unknown: ${unknown}. Formats: ${Object.keys(fixtures).join(", ")}.`);

async function started(format: string) {
  const child = fork(CHILD, [format], { execArgv: ["--max-old-space-size=512"] });
  await Promise.race([once(child, "message"), once(child, "exit")]);
  return child;
}

type Child = Awaited<ReturnType<typeof started>>;

/** Resolves to the outcomes, or to what ended the process. */
async function run(child: Child, seeds: readonly number[]): Promise<readonly Outcome[] | string> {
  const aborted = new AbortController();
  const { signal } = aborted;
  const timer = setTimeout(() => child.kill("SIGKILL"), MAX_SECONDS * 1000);
  child.send(seeds);
  const ended = Promise.race([
    once(child, "message", { signal }).then(([message]) => message as Outcome[]),
    once(child, "exit", { signal }).then(([code, by]) =>
      by === "SIGKILL" ? "hang" : `crash: ${code ?? by}`,
    ),
  ]);
  return ended.finally(() => {
    clearTimeout(timer);
    aborted.abort();
  });
}

type Result = Outcome | { seed: number; fault: string };

/** Yields a result for each seed. They go in batches; those of a failed batch are tried alone. */
async function* results(format: string, from: number, inputs: number): AsyncGenerator<Result> {
  let child = await started(format);
  for (let start = from; start < from + inputs; start += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, from + inputs - start) }, (_, i) => start + i);
    const outcomes = await run(child, seeds);
    if (typeof outcomes !== "string") {
      yield* outcomes;
      continue;
    }
    for (const seed of seeds) {
      child = child.connected ? child : await started(format);
      const alone = await run(child, [seed]);
      if (typeof alone === "string") yield { seed, fault: alone };
      else yield* alone;
    }
  }
  child.disconnect();
}

/** Returns the number of inputs with a fault. */
async function fuzz(format: string, from: number, inputs: number): Promise<number> {
  const outcomes: Record<string, number> = {};
  let [faults, slowest, largest] = [0, 0, 0];
  const report = (fault: object): void => {
    faults++;
    console.log(JSON.stringify({ fuzz: format, ...fault }));
  };
  for await (const result of results(format, from, inputs)) {
    if ("fault" in result) {
      report(result);
      continue;
    }
    const { outcome, isWrong, ...cost } = result;
    const { milliseconds, megabytes } = cost;
    const isRefused = outcome !== "accepted";
    if (isWrong || (isRefused && megabytes > MAX_MB)) report({ ...cost, fault: outcome });
    else outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (isRefused) [slowest, largest] = [Math.max(slowest, milliseconds), Math.max(largest, megabytes)];
  }
  const refusals = { slowestRefusalMs: Math.round(slowest), largestRefusalMb: Math.round(largest) };
  console.log(JSON.stringify({ fuzz: format, inputs, from, faults, ...refusals, outcomes }));
  return faults;
}

const [from, inputs] = [Number(values.from), Number(values.inputs)];
let faults = 0;
for (const format of positionals.length > 0 ? positionals : Object.keys(fixtures)) {
  if (values.save) writeFileSync(values.save, mutated(fixtures[format]?.() ?? [], from));
  faults += await fuzz(format, from, inputs);
}
if (faults > 0) process.exitCode = 1;
