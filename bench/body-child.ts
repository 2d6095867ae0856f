/**
 * Parses the file that its first argument names as a request's body and prints the outcome, the
 * processor time and the growth of memory as one JSON line. The second argument is the Content-Type.
 */
import { readFile } from "node:fs/promises";
import { jsonAudio } from "../functions/http/body/audio-source.ts";
import { AUDIO_JSON, parseJson } from "../functions/http/body/json.ts";
import { parseMultipart } from "../functions/http/body/multipart.ts";
import { AppError } from "../lib/error.ts";

const [file = "", type = ""] = process.argv.slice(2);

async function parse(body: Uint8Array<ArrayBuffer>): Promise<void> {
  if (type.startsWith("multipart/")) await parseMultipart(body, type);
  else jsonAudio(Object(parseJson(body, AUDIO_JSON)).audio, "/audio");
}

const body = new Uint8Array(await readFile(file));
const before = process.resourceUsage().maxRSS;
const start = process.cpuUsage();
const outcome = await parse(body).then(
  () => "accepted",
  (error: unknown) => (error instanceof AppError ? error.slug : String(error)),
);
const used = process.cpuUsage(start);
const milliseconds = Math.round((used.user + used.system) / 1000);
const megabytes = Math.round((process.resourceUsage().maxRSS - before) / 1024);
console.log(JSON.stringify({ outcome, megabytes, milliseconds }));
