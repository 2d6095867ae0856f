/** Prints the samples of each file that the arguments name, as one JSON line. */
import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";

const lengths: Record<string, number> = {};
for (const path of process.argv.slice(2)) {
  const { samples } = await readSamples({ bytes: new Uint8Array(await readFile(path)), channel: 0 });
  lengths[path] = samples.length;
}
console.log(JSON.stringify(lengths));
