import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readModelManifest, vadFolderOf } from "../adapters/model/manifest.ts";
import type { ClipInput, Quality } from "../audio/types.ts";
import type { Embedder } from "../ports/model.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { sha256Of } from "../sha256.ts";

/** What building and measuring ask of a clip. */
export type EmbeddedClip = { embedding: UnitVector | undefined; quality: Quality };
/** `insist`: embed even where no speech was found, as `voiceroll evaluate` does. */
export type EmbedClip = (clip: ClipInput, options?: { evenWithoutSpeech?: boolean }) => Promise<EmbeddedClip>;

const AUDIO = join(import.meta.dirname, "../audio");
const NETWORKS = join(import.meta.dirname, "../adapters/model");

/**
 * The embedder's ear, which remembers what it heard in `cache`: by the clip's bytes, the networks, how the manifest wants
 * them used, and the code in between, so that a hit is what hearing the clip again would give, bit for bit.
 *
 * cache  a folder; undefined: nothing is remembered
 */
export async function cachedEmbed(
  embedder: Pick<Embedder, "embed">,
  model: string,
  cache: string | undefined,
): Promise<EmbedClip> {
  if (cache === undefined) return (clip, options) => embedder.embed(clip, options);
  const folder = join(cache, (await recipeDigest(model)).slice(0, 32));
  await mkdir(folder, { recursive: true });
  return async (clip, options) => {
    const name = sha256Of(clip.bytes);
    const path = join(folder, options?.evenWithoutSpeech ? `${name}-insist` : name);
    // A file that a power cut left empty is heard again.
    const known = await readFile(path, "utf8")
      .then(parse)
      .catch(() => undefined);
    if (known !== undefined) return known;
    const { embedding, quality } = await embedder.embed(clip, options);
    await writeFile(`${path}.${process.pid}`, text({ embedding, quality }));
    await rename(`${path}.${process.pid}`, path);
    return { embedding, quality };
  };
}

/** Everything between a clip's bytes and its embedding. */
async function recipeDigest(model: string): Promise<string> {
  const manifest = await readModelManifest(model);
  const { sha256, features, minSpeechSeconds, mean, input, output } = manifest;
  const audio = (await readdir(AUDIO, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  const files = [
    ...["vad.json", "vad.onnx"].map((name) => join(vadFolderOf(model, manifest), name)),
    ...["embed-clip.ts", "network.ts"].map((name) => join(NETWORKS, name)),
    ...audio.map((name) => join(AUDIO, name)),
  ];
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ sha256, features, minSpeechSeconds, mean, input, output }));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex");
}

const text = ({ embedding, quality }: EmbeddedClip): string =>
  JSON.stringify({ embedding: embedding && Buffer.from(embedding.buffer).toString("base64"), quality });

function parse(json: string): EmbeddedClip {
  const { embedding, quality } = JSON.parse(json);
  if (embedding === undefined) return { embedding, quality };
  const bytes = Uint8Array.from(Buffer.from(embedding, "base64"));
  // Not `normalize`: dividing by a length of almost 1 again would change last bits.
  return { embedding: new Float32Array(bytes.buffer) as UnitVector, quality };
}
