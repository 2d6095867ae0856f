/** Reads the recording that its argument names and prints what that takes, as one JSON line. */
import { openFile } from "../../lib/adapters/model/file-source.ts";
import { readLong } from "../../lib/audio/read-long.ts";

const file = openFile(process.argv[2] ?? "");
const before = process.resourceUsage().maxRSS;
let samples = 0;
const { blocks } = await readLong({ file });
for (const block of blocks) samples += block.length;
const megabytes = Math.round((process.resourceUsage().maxRSS - before) / 1024);
console.log(JSON.stringify({ samples, megabytes, milliseconds: Math.round(process.cpuUsage().user / 1000) }));
