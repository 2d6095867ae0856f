/** `npm run evaluate:dev`: every trial list of the development speech, all scoring methods, one JSON line each. */
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { evaluateList } from "../../cli/evaluate.ts";
import { openBundle } from "../../lib/adapters/onnx/bundle.ts";
import { speechFolder } from "../support/speech.ts";

const speech = speechFolder();
if (!speech) {
  console.error(
    "No speech folder: put it at ../shared/speech beside the checkout or name it in VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const root = join(speech, "dev");
const workers = availableParallelism();
const bundle = await openBundle({ workers });
for (const file of (await readdir(join(root, "trials"))).sort()) {
  const { list, targets, impostors, excluded, results } = await evaluateList(bundle, {
    list: join(root, "trials", file),
    root,
    workers,
  });
  for (const { method, eer, minDcf05, minDcf01, threshold, points } of results) {
    console.log(
      JSON.stringify({ list, method, targets, impostors, eer, minDcf05, minDcf01, threshold, points }),
    );
  }
  for (const { path, trials } of excluded)
    console.error(`${list}: ${path} has no speech to embed, ${trials} trials left out`);
}
await bundle.embedder.close();
console.error(
  "Nearly all of these speakers were recorded on one day: an EER here is lower than across months.",
);
