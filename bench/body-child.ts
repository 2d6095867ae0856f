/**
 * Parses the file that its first argument names as the body of a request and prints what that took.
 * The second argument is the Content-Type.
 */
import { readFile } from "node:fs/promises";
import { jsonAudio } from "../functions/http/body/audio-source.ts";
import { AUDIO_JSON, parseJson } from "../functions/http/body/json.ts";
import { parseMultipart } from "../functions/http/body/multipart.ts";
import { printRefusalCost } from "../test/support/refusal-cost.ts";

const [file = "", type = ""] = process.argv.slice(2);

async function parse(body: Uint8Array<ArrayBuffer>): Promise<void> {
  if (type.startsWith("multipart/")) await parseMultipart(body, type);
  else jsonAudio(Object(parseJson(body, AUDIO_JSON)).audio, "/audio");
}

const body = new Uint8Array(await readFile(file));
await printRefusalCost(() => parse(body));
