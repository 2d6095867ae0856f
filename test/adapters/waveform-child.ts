// Prints the embeddings of a clip by the model in a folder:
// node waveform-child.ts FOLDER CLIP WORKERS
import { readFile } from "node:fs/promises";
import { openBundle } from "../../lib/adapters/model/bundle.ts";

const [folder, clip, workers] = process.argv.slice(2);
const { embedder } = await openBundle({ workers: Number(workers), folder });
const bytes = await readFile(clip);
// As many at the same time as there are workers, so that each of them embeds one.
const embedded = await Promise.all(
  Array.from({ length: Number(workers) || 1 }, () => embedder.embed({ bytes })),
);
await embedder.close();
console.log(JSON.stringify(embedded.map(({ embedding }) => [...(embedding ?? [])])));
