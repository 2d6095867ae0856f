import type { SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { SETTLED_MS } from "./redact.ts";

const DAY_MS = 86_400_000;

/** removed: counts. remaining: what is still stored, and until when; null: without an end */
export type ErasureReceipt = {
  uid: SpeakerUid;
  clips: number;
  at: string;
  removed: { recordings: number; cohorts: number; groups: number; candidates: number };
  remaining: readonly { where: string; until: string | null }[];
};

/** What stays after an erasure. kept: what was kept on purpose */
export function remainingAt(
  { remnants }: Pick<Services, "remnants">,
  at: Date,
  kept: { optedOut: boolean; proof: boolean },
): ErasureReceipt["remaining"] {
  const until = (milliseconds: number) => new Date(at.getTime() + milliseconds).toISOString();
  return [
    { where: "the ID, in decisions, stored replies, uploads and jobs", until: until(SETTLED_MS) },
    { where: "a keyed hash of the ID, in the audit log", until: null },
    ...(kept.optedOut ? [{ where: "a keyed hash of the ID, which keeps the opt-out", until: null }] : []),
    ...(kept.proof ? [{ where: "a proof of the consents, under a keyed hash of the ID", until: null }] : []),
    ...remnants.map(({ where, days }) => ({ where, until: until(days * DAY_MS) })),
  ];
}
