/** Reads the file that its argument names as a clip and prints the outcome, as one JSON line. */
import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { printRefusalCost } from "../support/refusal-cost.ts";

const [bomb, warmUp] = process.argv.slice(2).map((path) => readFile(path));
// A clip of the same format loads the decoder, which is not part of the clip's own memory.
const bytes = await bomb;
await readSamples({ bytes: await warmUp, channel: 0 });
await printRefusalCost(() => readSamples({ bytes }));
