/** `npm run evaluate:dev`: every trial list of the development speech, all scoring methods, one JSON line each. */
import { access, readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { evaluateList } from "../../cli/evaluate.ts";
import { openBundle } from "../../lib/adapters/onnx/bundle.ts";
import { speechFolder } from "../support/speech.ts";

const speech = speechFolder();
if (!speech) {
  console.error("No speech folder: put it at ../shared/speech beside the checkout or name it in VOICEROLL_SPEECH.");
  process.exit(2);
}
const trials = join(speech, "dev", "trials");
await access(trials);
const workers = availableParallelism();
const bundle = await openBundle({ workers });
