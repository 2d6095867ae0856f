/** Decodes one mutated file for each seed that it is sent, and sends back the outcomes. */
import { readSamples } from "../../lib/audio/read-samples.ts";
import { AppError } from "../../lib/error.ts";
import { fixtures } from "./fixtures.ts";
import { mutated } from "./mutate.ts";

export type Outcome = {
  seed: number;
  bytes: number;
  /** "accepted", a slug, or what is wrong. */
  outcome: string;
  isWrong: boolean;
  milliseconds: number;
  /** Growth of the peak resident set. */
  megabytes: number;
};

const [format = ""] = process.argv.slice(2);
const files = fixtures[format]?.() ?? [];
for (const bytes of files) await readSamples({ bytes, channel: 0 });

async function decoded(bytes: Uint8Array): Promise<Pick<Outcome, "outcome" | "isWrong">> {
  try {
    const { samples } = await readSamples({ bytes, channel: 0 });
    const isSound = samples.every(Number.isFinite) && samples.length <= 121 * 16_000;
    return {
      outcome: isSound ? "accepted" : "samples that aren't numbers, or too many",
      isWrong: !isSound,
    };
  } catch (error) {
    if (error instanceof AppError)
      return { outcome: error.slug, isWrong: !/^(audio-|empty-body$)/.test(error.slug) };
    return {
      outcome: error instanceof Error ? (error.stack ?? error.message) : String(error),
      isWrong: true,
    };
  }
}

async function outcomeOf(seed: number): Promise<Outcome> {
  const bytes = mutated(files, seed);
  const before = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  const result = await decoded(bytes);
  const { user, system } = process.cpuUsage(start);
  const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
  return { seed, bytes: bytes.length, ...result, milliseconds: (user + system) / 1000, megabytes };
}

process.on("message", async (seeds: readonly number[]) => {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) outcomes.push(await outcomeOf(seed));
  process.send?.(outcomes);
});
process.send?.("ready");
