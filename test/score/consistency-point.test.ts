import { expect, test } from "vitest";
import { consistencyPoint } from "../../lib/score/scoring/consistency.ts";
import type { ConsistencyCheck, ConsistencyPoint } from "../../lib/score/scoring/types.ts";

const point = (bandwidth: ConsistencyPoint["bandwidth"], clips: number) =>
  ({ bandwidth, clips }) as ConsistencyPoint;
const [one, three, seven] = [1, 3, 7].map((clips) => point("wide", clips));
const telephone = point("telephone", 2);
const check = { points: [three, seven, one, telephone] } as unknown as ConsistencyCheck;

test("the limit is that of the largest measured number of clips that isn't above the voiceprint's", () => {
  const at = (clips: number) => consistencyPoint(check, { bandwidth: "wide", clips });
  expect([0, 1, 2, 3, 6, 7, 50].map(at)).toEqual([undefined, one, one, three, three, seven, seven]);
});

test("a bandwidth has limits of its own, and no others", () => {
  const at = (clips: number) => consistencyPoint(check, { bandwidth: "telephone", clips });
  expect([1, 2, 9].map(at)).toEqual([undefined, telephone, telephone]);
  const wide = { ...check, points: [one] };
  expect(consistencyPoint(wide, { bandwidth: "telephone", clips: 5 })).toBeUndefined();
});

test("a model without a check has no limits", () => {
  expect(consistencyPoint(undefined, { bandwidth: "wide", clips: 3 })).toBeUndefined();
});
