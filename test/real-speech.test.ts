import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { evaluateList } from "../lib/evaluate/evaluate.ts";
import { systemOf } from "../lib/evaluate/system.ts";
import { speechFolder } from "./support/speech.ts";

/**
 * Measures the bundled model on real speech if it is available. test/adapters/onnx.test.ts covers
 * the same code with the synthetic voices of samples/.
 */
const speech = speechFolder();
const root = speech ? join(speech, "dev") : "";
const lists = speech ? readdirSync(join(root, "trials")).sort() : [];

let bundle: Bundle;
beforeAll(async () => {
  // Ending a thread while it loads the network can crash the process.
  bundle = await openBundle({ workers: speech ? availableParallelism() : 0 });
  if (!speech)
    console.log(
      "There is no real speech (../shared/speech or VOICEROLL_SPEECH), so only synthetic voices are tested.",
    );
});
afterAll(() => bundle.embedder.close());

test.each(lists)(
  "%s: scores every trial, and cosine and AS-Norm have an EER under 20 %",
  async (list) => {
    const { parts, excluded } = await evaluateList(await systemOf(bundle, { folder: BUNDLED_MODEL }), {
      list: join(root, "trials", list),
      root,
      width: availableParallelism() * 2,
    });
    expect(excluded).toEqual([]);
    const rates = parts[0].results
      .filter(({ method }) => method === "cosine" || method === "as-norm")
      .map(({ measures }) => measures?.eer ?? 1);
    expect(Math.max(...rates)).toBeLessThan(0.2);
  },
  300_000,
);

test("opens the bundled model with or without real speech", () => {
  expect(bundle.embedder.model.name).toBe("ecapa-c256");
});
