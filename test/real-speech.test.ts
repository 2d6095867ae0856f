import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUNDLED_MODEL, type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { evaluateList } from "../lib/evaluate/evaluate.ts";
import { systemOf } from "../lib/evaluate/system.ts";
import { speechFolder } from "./support/speech.ts";

/**
 * The bundled model on real people, where real speech is at hand. Without it, the same path runs on the synthetic
 * voices of samples/ in test/adapters/onnx.test.ts, and this file says that it had nothing to measure.
 */
const speech = speechFolder();
const root = speech ? join(speech, "dev") : "";
const lists = speech ? readdirSync(join(root, "trials")).sort() : [];

let bundle: Bundle;
beforeAll(async () => {
  // Threads that are ended while they still load the network can take the process with them.
  bundle = await openBundle({ workers: speech ? availableParallelism() : 0 });
  if (!speech)
    console.log(
      "No real speech here (../shared/speech or VOICEROLL_SPEECH): only synthetic voices are tested.",
    );
});
afterAll(() => bundle.embedder.close());

test.each(lists)(
  "%s: every trial is scored, and cosine and AS-Norm have an EER under 20 %",
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

test("the model is there to be measured, whether or not speech is", () => {
  expect(bundle.embedder.model.name).toBe("ecapa-c256");
});
