/** Reads the file that its argument names as a clip and prints the outcome, as one JSON line. */
import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { AppError } from "../../lib/error.ts";

const [bomb, warmUp] = process.argv.slice(2).map((path) => readFile(path));
// A clip of the same format loads the decoder, which is not part of the clip's own memory.
const bytes = await bomb;
await readSamples({ bytes: await warmUp });
const before = process.resourceUsage().maxRSS;
const start = process.cpuUsage();
const outcome = await readSamples({ bytes }).then(
  () => "accepted",
  (error: unknown) => (error instanceof AppError ? error.slug : String(error)),
);
const used = process.cpuUsage(start);
const milliseconds = Math.round((used.user + used.system) / 1000);
const megabytes = Math.round((process.resourceUsage().maxRSS - before) / 1024);
console.log(JSON.stringify({ outcome, megabytes, milliseconds }));
