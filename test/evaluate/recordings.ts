import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../cli/run.ts";

/** Clips for `fakeSystem`, by file name. */
export const CLIPS: Record<string, string> = {
  "a1.wav": "1 0",
  "a2.wav": "0.9 0.3",
  "b1.wav": "0 1",
  "b2.wav": "0.6 0.8",
};
export const TRIALS = "1 a1.wav a2.wav\n1 b1.wav b2.wav\n0 a1.wav b1.wav\n0 a2.wav b2.wav\n";

/** Writes clips and the list office.txt to a new folder. */
export function recordings(clips: Record<string, string> = CLIPS, trials = TRIALS): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(clips)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "office.txt"), trials);
  return folder;
}
