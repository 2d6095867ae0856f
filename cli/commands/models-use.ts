import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { ModelManifest } from "../../lib/adapters/model/manifest.ts";
import type { InstalledModel } from "../../lib/adapters/models/library.ts";
import { type Pending, pendingReembed } from "../../lib/domain/job/reembed.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Globals } from "../options.ts";
import { print, printJson } from "../print.ts";
import { withServices } from "../services.ts";
import { t } from "../text/language.ts";
import { reembedAll } from "./models-reembed.ts";

type UseOptions = Globals & { reembed: boolean };

export function addUse(models: Command): void {
  models
    .command("use")
    .description("switch this data folder to another model and rebuild the voiceprints of other models")
    .argument("<name>", "the bundled model or an installed one")
    .option("--no-reembed", "only switch: rebuild them later with models reembed")
    .option("--reembed", "rebuild them now (the default)")
    .action(async (name: string, _own, command: Command) => {
      const options = command.optsWithGlobals<UseOptions>();
      // It imports onnxruntime, which takes a while to load.
      const { chooseModel } = await import("../../lib/adapters/models/library.ts");
      const model = await chooseModel(options.data, name);
      const pending = await withServices(options, "name", pendingReembed);
      if (pending.clips === 0) return report(model, pending, 0, options);
      await withServices(options, "threads", async (services) => {
        report(model, pending, await estimate(services, model, pending), options);
        if (options.reembed) await reembedAll(services, options);
      });
    });
}

/** Seconds that re-embedding takes, from how long the model's golden clip takes. */
async function estimate(
  { embedder }: Services,
  { folder, manifest }: InstalledModel,
  { seconds }: Pending,
): Promise<number> {
  const length = await embedder.seconds({ bytes: await readFile(join(folder, manifest.golden.file)) });
  // The first check also loads the model.
  await embedder.check();
  const startMs = performance.now();
  await embedder.check();
  const perSecond = (performance.now() - startMs) / 1000 / length;
  return Math.ceil((seconds * perSecond) / Math.max(1, availableParallelism() - 1));
}

/** As JSON only if no re-embedding follows, which reports its own. */
function report(
  { manifest }: InstalledModel,
  pending: Pending,
  estimatedSeconds: number,
  options: UseOptions,
): void {
  const { name, calibration } = manifest;
  if (!options.json) printUse(manifest, pending, estimatedSeconds, options);
  else if (!options.reembed || pending.clips === 0)
    printJson({ name, calibrated: calibration !== undefined, pending, estimatedSeconds });
}

function printUse(
  { name, calibration, speakersCheck }: ModelManifest,
  { speakers, clips, seconds }: Pending,
  estimatedSeconds: number,
  { data, reembed }: UseOptions,
): void {
  print(t`${data} now uses ${name}. Restart any running server.`);
  if (!calibration)
    print(
      t(
        "{} has no thresholds: verify, identify and compare report cosines without a decision (docs/models.md).",
        name,
      ),
    );
  if (!speakersCheck) print(t`${name} has no check for several speakers in a clip (docs/model-format.md).`);
  if (speakers === 0) return;
  print(
    t(
      "{} speakers ({} clips, {} s of speech) were enrolled with another model. " +
        "Re-embedding them takes about {}.",
      ...[speakers, clips, Math.round(seconds), duration(estimatedSeconds)],
    ),
  );
  if (!reembed)
    print(
      t`Requests for them fail with model-mismatch until you run: voiceroll models reembed --data ${data}`,
    );
}

const duration = (seconds: number): string =>
  seconds < 120 ? t`${seconds} s` : t`${Math.ceil(seconds / 60)} minutes`;
