import { expect, test } from "vitest";
import { chooseMethod } from "../../lib/score/fit/cross-validation.ts";
import type { KnownTrial } from "../../lib/score/fit/fit.ts";

/** Compares every voice with every other, three times. `blur`: the noise in a method's scores. */
function trials(speakers: number, blur: { cosine: number; "as-norm"?: number }): KnownTrial[] {
  let state = 11;
  const noise = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const all: KnownTrial[] = [];
  for (let a = 0; a < speakers; a++)
    for (let b = 0; b < speakers; b++)
      for (let take = 0; take < 3; take++) {
        const truth = a === b ? 1 : 0;
        const scores = Object.fromEntries(
          Object.entries(blur).map(([method, by]) => [method, truth + by * noise()]),
        );
        const conditions = { seconds: 5, longerSeconds: 9, bandwidth: "wide" } as const;
        all.push({ genuine: a === b, enrolled: `${a}`, probe: `${b}`, conditions, scores });
      }
  return all;
}

test("chooses AS-Norm unless cosines are clearly better on speakers that weren't fitted on", () => {
  expect(chooseMethod(trials(40, { cosine: 3, "as-norm": 2 })).method).toBe("as-norm");
  expect(chooseMethod(trials(40, { cosine: 2, "as-norm": 2 })).method).toBe("as-norm");
  const { method, qualities } = chooseMethod(trials(40, { cosine: 2, "as-norm": 3 }));
  expect(method).toBe("cosine");
  expect(qualities?.map((one) => one.method)).toEqual(["as-norm", "cosine"]);
  expect(qualities?.[1].cllr).toBeLessThan(qualities?.[0].cllr ?? 0);
});

test("makes no comparison with too few speakers, and chooses cosine without a cohort", () => {
  const few = chooseMethod(trials(12, { cosine: 2, "as-norm": 3 }));
  expect(few).toEqual({ method: "as-norm", qualities: undefined });
  expect(chooseMethod(trials(40, { cosine: 2 })).method).toBe("cosine");
});
