import { createHash } from "node:crypto";
import type { BundledCohorts, Embedder } from "../../lib/ports.ts";
import { normalize } from "../../lib/score/vector.ts";
import { cohortOf } from "../score/arbitraries.ts";
import { RECIPE } from "../support/recipe.ts";

/** Hears "x y" as the voice [x, y], "short ..." as too little speech; counts how often it was asked. */
export function fakeBundle(): { embedder: Embedder; cohorts: BundledCohorts; heard: string[] } {
  const heard: string[] = [];
  const rows = [
    [1, 1],
    [-1, 1],
    [0, 1],
    [1, 0],
  ].map(normalize);
  const cohort = cohortOf(rows, 2);
  const embedder: Embedder = {
    model: {
      modelId: "mdl_test",
      name: "fake",
      dimension: 2,
      minSpeechSeconds: 0.3,
      features: RECIPE,
    },
    async hear({ bytes }) {
      const text = Buffer.from(bytes).toString();
      heard.push(text);
      const short = text.startsWith("short");
      const speechSeconds = short ? 0.12 : 3;
      return {
        quality: { totalSeconds: 4, speechSeconds, snrDb: 30, clippedFraction: 0, bandwidth: "wide" },
        audioSha256: createHash("sha256").update(bytes).digest("hex"),
        embedding: short ? undefined : normalize(text.split(" ").map(Number)),
        parts: [],
      };
    },
    check: async () => undefined,
    close: async () => undefined,
  };
  return { embedder, cohorts: { bundled: async () => cohort }, heard };
}
