import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bombs, warmUpFor } from "./bombs.ts";

const GOLDEN = join(import.meta.dirname, "../golden");
const CHILD = join(import.meta.dirname, "bomb-child.ts");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bombs-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads the clip in a process of its own with a heap of 512 MB. */
async function read(bytes: Uint8Array) {
  const path = join(folder, "bomb");
  await writeFile(path, bytes);
  const warmUp = join(GOLDEN, warmUpFor(bytes));
  const args = ["--max-old-space-size=512", CHILD, path, warmUp];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return JSON.parse(stdout) as { outcome: string; megabytes: number; milliseconds: number };
}

for (const [name, make] of Object.entries(bombs)) {
  test(`${name}: refused within 64 MB`, async () => {
    const bytes = make();
    const { outcome, megabytes, milliseconds } = await read(bytes);
    console.log(JSON.stringify({ name, bytes: bytes.length, outcome, megabytes, milliseconds }));
    expect(outcome).toMatch(/^audio-/);
    expect(megabytes).toBeLessThan(64);
  }, 90_000);
}
