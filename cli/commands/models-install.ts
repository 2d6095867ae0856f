import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { ModelManifest } from "../../lib/adapters/model/manifest.ts";
import { readInput } from "../../lib/input-file.ts";
import type { Globals } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { byteProgress } from "../progress.ts";

type PullOptions = Globals & { catalog?: string; from?: string; acceptDigest?: string };

export function addPull(models: Command): void {
  models
    .command("pull")
    .description("download a model of the catalog from its publisher")
    .argument("<name>", "a name that models list shows")
    .option("--from <url>", "download from this URL instead; the digest is still checked", url)
    .option(
      "--accept-digest <sha256>",
      "accept this digest if the publisher states none, after you have checked the file",
      sha256,
    )
    .option("--catalog <file>", "catalog to use instead of the built-in one")
    .action(async (name: string, _own, command: Command) => {
      const options = command.optsWithGlobals<PullOptions>();
      const { data, catalog, from, acceptDigest } = options;
      const { entryNamed } = await import("../../lib/adapters/models/catalog.ts");
      const { pullModel } = await import("../../lib/adapters/models/pull.ts");
      const entry = await entryNamed(name, catalog);
      if (!options.json) for (const line of [entry.license, ...entry.trainedOn]) warn(`${name}: ${line}`);
      const bar = byteProgress(name);
      const manifest = await pullModel(data, entry, { from, acceptDigest, onProgress: bar.show }).finally(
        bar.end,
      );
      await printInstalled(options, manifest);
    });
}

export function addAdd(models: Command): void {
  models
    .command("add")
    .description("install your own ONNX file: one input (log-mel frames) and one output (the embedding)")
    .argument("<file>", "the network, an .onnx file")
    .requiredOption("--manifest <file>", "the model's name, dimension and features (docs/models.md)")
    .action(async (file: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { manifest: string }>();
      const { readDraft } = await import("../../lib/adapters/models/catalog.ts");
      const { installModel } = await import("../../lib/adapters/models/install.ts");
      const draft = await readDraft(options.manifest);
      // Read here so that a missing file gives the same error as in other commands.
      await readInput(file);
      const partsFolder = dirname(options.manifest);
      await printInstalled(options, await installModel(options.data, { network: file, draft, partsFolder }));
    });
}

async function printInstalled({ data, json }: Globals, manifest: ModelManifest): Promise<void> {
  const { modelIdOf } = await import("../../lib/adapters/model/manifest.ts");
  const { name, dimension, calibration } = manifest;
  const modelId = modelIdOf(manifest);
  if (json) printJson({ name, modelId, dimension, calibrated: calibration !== undefined });
  else
    print(
      `${name}: installed, ${dimension} dimensions, ${modelId}\n` +
        `To use it: voiceroll models use ${name} --data ${data}`,
    );
}

function sha256(text: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("A SHA-256 digest has 64 hexadecimal digits.");
}

function url(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError("Use an http or https URL.");
}
