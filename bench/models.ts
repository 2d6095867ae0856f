import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readModelManifest } from "../lib/adapters/model/manifest.ts";
import { print } from "./measure.ts";

type Cost = { cpuP50Ms: number; addedMb: number };

/**
 * Prints a line for each model, side by side: the processor time of the whole path from a clip of
 * 3 s to its embedding, the memory that the loaded model adds to a process, and the error rates on
 * held-out speakers that its manifest states (%).
 */
export async function benchModels(folders: readonly string[], clip: Uint8Array): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "voiceroll-models-"));
  const file = join(scratch, "3s.wav");
  await writeFile(file, clip);
  const child = join(import.meta.dirname, "model-child.ts");
  for (const folder of folders) {
    const manifest = await readModelManifest(folder);
    const cost: Cost = JSON.parse(
      execFileSync(process.execPath, [child, folder, file], { encoding: "utf8" }),
    );
    const fileMb = (await stat(join(folder, manifest.file))).size / 1e6;
    print("model", { model: manifest.name, fileMb, ...cost, ...heldOut(manifest.errorRates) });
  }
  await rm(scratch, { recursive: true });
}

type Rates = { heldOutEer?: Record<string, Record<string, Record<string, number>>> };

/** EER by AS-Norm of all durations, in each bandwidth. */
function heldOut(rates: Rates | undefined): Record<string, number> {
  const { wide, telephone } = rates?.heldOutEer?.["as-norm"] ?? {};
  const percent = (eer: number | undefined) => (eer === undefined ? Number.NaN : 100 * eer);
  return { heldOutEerWide: percent(wide?.any), heldOutEerTelephone: percent(telephone?.any) };
}
