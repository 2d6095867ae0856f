import type { Plan } from "../../models/build/mixtures/list.ts";
import { CONDITIONS } from "../../models/build/mixtures/mixture.ts";

const RECORDED_AND_CALLED = ["recorded", "telephone"] as const;

/** What is measured: clips of one person in all conditions, of two people in the usual ones. */
export const PLANS: readonly Plan[] = [
  { seconds: [5, 10], kinds: ["one"], conditions: CONDITIONS, perPerson: 2 },
  { seconds: [20, 30], kinds: ["one"], conditions: RECORDED_AND_CALLED, perPerson: 1 },
  { seconds: [5, 10], kinds: ["sessions"], conditions: ["recorded"], perPerson: 2 },
  { seconds: [10], kinds: ["rooms", "levels"], conditions: ["recorded"], perPerson: 1 },
  { seconds: [5, 10], kinds: ["change", "turns", "unequal"], conditions: RECORDED_AND_CALLED, perPerson: 1 },
  { seconds: [20, 30], kinds: ["change", "turns", "unequal"], conditions: ["recorded"], perPerson: 1 },
  { seconds: [10], kinds: ["overlap"], conditions: RECORDED_AND_CALLED, perPerson: 1 },
];
