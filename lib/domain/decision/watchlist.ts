import type { Registry } from "../../ports/registry.ts";
import type { Group } from "../../ports/speaker.ts";
import type { WatchlistReply } from "../../schema/decision.ts";
import type { ActiveSetup } from "../scoring/setup.ts";
import type { Probe } from "./probe.ts";
import { MIXED, type SearchResult, search } from "./search.ts";

/** best: the member that the clip sounds most like */
export type WatchlistResult = { reply: WatchlistReply } & Pick<SearchResult, "best">;

/** How many members of a watchlist a reply names at most. */
const MOST_CANDIDATES = 5;

/**
 * Searches a verified clip in a group of known voices, at the threshold for a search among that
 * many. It changes nothing about the verification, and isn't counted as a search of the caller: a
 * clip without a match is the usual case here.
 */
export async function searchWatchlist(
  services: Parameters<typeof search>[0],
  setup: ActiveSetup,
  probe: Probe,
  { registry, far, group }: { registry: Registry; far: number; group: Group },
): Promise<WatchlistResult> {
  const within = new Set(group.members);
  const found = await search(services, setup, probe, { registry, far, limit: MOST_CANDIDATES, within });
  return resultOf(group, found);
}

/** The result for a clip of several speakers, if the registry refuses such clips. */
export const mixedWatchlist = (group: Group): WatchlistResult => resultOf(group, MIXED);

function resultOf({ groupId }: Group, { best, ...found }: SearchResult): WatchlistResult {
  const { decision, candidates, searched, threshold, reasons } = found;
  return { reply: { group: groupId, decision, reasons, candidates, searched, threshold }, best };
}
