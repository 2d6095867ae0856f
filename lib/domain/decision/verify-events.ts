import type { DecisionId } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { RegistryEvent } from "../event/outgoing.ts";
import type { BegunPause } from "../registry/attempts.ts";
import type { WatchlistResult } from "./watchlist.ts";

/** The event of a pause that a reject has begun. */
export const pausedEvents = (
  { uid }: Pick<Speaker, "uid">,
  decisionId: DecisionId,
  pause: BegunPause | undefined,
): RegistryEvent[] => (pause ? [{ type: "speaker.paused", data: { uid, decisionId, ...pause } }] : []);

/** The event of a clip that matched a member of the watchlist. */
export function watchlistEvents(
  { uid }: Pick<Speaker, "uid">,
  decisionId: DecisionId,
  result: WatchlistResult | undefined,
): RegistryEvent[] {
  if (result?.reply.decision !== "match" || !result.best) return [];
  const data = { uid, decisionId, group: result.reply.group, matched: result.best.uid };
  return [{ type: "watchlist.matched", data }];
}
