/**
 * `npm run bench:refusals`: measures what it takes to refuse the clips and bodies that cost most.
 * Each is read in a process of its own. Prints a JSON line for each, and one for all.
 *
 * ms  processor time of the refusal, without the start of the process: the lowest of the runs
 * mb  growth of the peak resident set
 *
 * Exits with 1 if one is accepted, or if one outside `DECODED` takes 200 ms or any takes 64 MB.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { bombs, warmUpFor } from "../test/audio/bombs.ts";
import { machine, print } from "./measure.ts";

const ROOT = join(import.meta.dirname, "..");
const GOLDEN = join(ROOT, "test/golden");
const MAX_MS = 200;
const MAX_MB = 64;
/** AAC has no checksums: the fault at the end of the longest accepted clip shows in decoding. */
const DECODED = /AAC, damaged at its end/;

const MULTIPART = "multipart/form-data; boundary=x";
const JSON_TYPE = "application/json";
const part = (head: string) => `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n\r\n`;
const base64 = "A".repeat(4_400_000);

/** Bodies of nearly the largest size that is accepted. */
const bodies: Record<string, { type: string; text: () => string }> = {
  "multipart of 70,000 empty parts": {
    type: MULTIPART,
    text: () => `${part('name="a"').repeat(70_000)}--x--`,
  },
  "multipart part with 700,000 headers": {
    type: MULTIPART,
    text: () => `${part(`name="a"${"\r\nX: y".repeat(700_000)}`)}--x--`,
  },
  "JSON audio of 4.4 MB that isn't base64 at its end": {
    type: JSON_TYPE,
    text: () => `{"audio":{"base64":"${base64}*"}}`,
  },
  "JSON of 400,000 members": {
    type: JSON_TYPE,
    text: () => `{${Array.from({ length: 400_000 }, (_, i) => `"${i}":0`).join()}}`,
  },
  "JSON of 2 million elements": { type: JSON_TYPE, text: () => `{"audio":[${"1,".repeat(2_000_000)}1]}` },
  "JSON that is 2 million deep": { type: JSON_TYPE, text: () => "[".repeat(2_000_000) },
  "JSON number of 4 million digits": { type: JSON_TYPE, text: () => `{"far":${"1".repeat(4_000_000)}}` },
};

type Outcome = { outcome: string; megabytes: number; milliseconds: number };

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const folder = await mkdtemp(join(tmpdir(), "voiceroll-refusals-"));
const file = join(folder, "input");

async function measured(what: string, bytes: Uint8Array | string, args: readonly string[]): Promise<boolean> {
  await writeFile(file, bytes);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < Number(values.runs); i++)
    outcomes.push(JSON.parse((await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout));
  const ms = Math.min(...outcomes.map(({ milliseconds }) => milliseconds));
  const mb = Math.max(...outcomes.map(({ megabytes }) => megabytes));
  const outcome = outcomes[0]?.outcome ?? "none";
  print("refusal", { what, bytes: bytes.length, outcome, ms, mb });
  return outcome !== "accepted" && mb < MAX_MB && (ms < MAX_MS || DECODED.test(what));
}

const within: boolean[] = [];
for (const [what, make] of Object.entries(bombs)) {
  const bytes = make();
  const warmUp = join(GOLDEN, warmUpFor(bytes));
  const child = ["--max-old-space-size=512", "test/audio/bomb-child.ts", file, warmUp];
  within.push(await measured(what, bytes, child));
}
for (const [what, { type, text }] of Object.entries(bodies))
  within.push(await measured(what, text(), ["bench/body-child.ts", file, type]));
print("refusals", { within: within.filter(Boolean).length, of: within.length, ...machine() });
await rm(folder, { recursive: true });
if (!within.every(Boolean)) process.exitCode = 1;
