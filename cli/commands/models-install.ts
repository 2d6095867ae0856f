import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { ModelManifest } from "../../lib/adapters/model/manifest.ts";
import type { PartManifest } from "../../lib/adapters/model/part.ts";
import { readInput } from "../../lib/input-file.ts";
import type { Globals } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { byteProgress } from "../progress.ts";
import { t } from "../text/language.ts";

type PullOptions = Globals & { catalog?: string; from?: string; acceptDigest?: string };

export function addPull(models: Command): void {
  models
    .command("pull")
    .description("download a model or a part of the catalog from its publisher")
    .argument("<name>", "a name that models list shows")
    .option("--from <where>", "use this URL or file instead; the digest is still checked", urlOrFile)
    .option(
      "--accept-digest <sha256>",
      "accept this digest if the publisher states none, after you have checked the file",
      sha256,
    )
    .option("--catalog <file>", "catalog to use instead of the built-in one")
    .action(async (name: string, _own, command: Command) => {
      const options = command.optsWithGlobals<PullOptions>();
      const { data, catalog, from, acceptDigest } = options;
      const { entryNamed, partNamed } = await import("../../lib/adapters/models/catalog.ts");
      const { pullModel, pullPart } = await import("../../lib/adapters/models/pull.ts");
      const part = await partNamed(name, catalog);
      const entry = part ?? (await entryNamed(name, catalog));
      if (!options.json) for (const line of [entry.license, ...entry.trainedOn]) warn(`${name}: ${line}`);
      const bar = byteProgress(name);
      const how = { from, acceptDigest, onProgress: bar.show };
      const pulling = entry.kind ? pullPart(data, entry, how) : pullModel(data, entry, how);
      await printInstalled(options, await pulling.finally(bar.end));
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
      const { installPart } = await import("../../lib/adapters/models/parts.ts");
      const draft = await readDraft(options.manifest);
      // Read here so that a missing file gives the same error as in other commands.
      await readInput(file);
      const partsFolder = dirname(options.manifest);
      await printInstalled(
        options,
        draft.kind
          ? await installPart(options.data, { network: file, draft })
          : await installModel(options.data, { network: file, draft, partsFolder }),
      );
    });
}

async function printInstalled(
  { data, json }: Globals,
  manifest: ModelManifest | PartManifest,
): Promise<void> {
  const { name } = manifest;
  if ("kind" in manifest) {
    if (json) printJson({ name, kind: manifest.kind });
    else if (manifest.kind === "spoof")
      print(t`${name}: installed. From now on, decisions have its score. Restart any running server.`);
    else print(t`${name}: installed. From now on, diarize uses it. Restart any running server.`);
    return;
  }
  const { modelIdOf } = await import("../../lib/adapters/model/manifest.ts");
  const { dimension, calibration } = manifest;
  const modelId = modelIdOf(manifest);
  if (json) printJson({ name, modelId, dimension, calibrated: calibration !== undefined });
  else
    print(
      `${t`${name}: installed, ${dimension} dimensions, ${modelId}`}\n` +
        t`To use it: voiceroll models use ${name} --data ${data}`,
    );
}

function sha256(text: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("A SHA-256 digest has 64 hexadecimal digits.");
}

function urlOrFile(text: string): string {
  const scheme = /^(\w+):\/\//.exec(text)?.[1];
  if (scheme === undefined || (/^https?$/.test(scheme) && URL.canParse(text))) return text;
  throw new InvalidArgumentError("Use an http or https URL, or the path of a file.");
}
