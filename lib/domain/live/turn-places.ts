import type { Registry } from "../../ports/registry.ts";
import { type Caller, nameOfCaller } from "../registry/guess.ts";
import { guessLimitsOf } from "../registry/guess-limits.ts";

/** Turns of this process that are open now, by whom they could be a guess at. */
const open = new Map<string, number>();

/**
 * Takes a place among the turns that may be looked at. Rejects are counted when a turn ends, so
 * streams in parallel could get more guesses answered than the registry allows in a row.
 *
 * returns  what gives the place back; undefined if all are taken
 */
export function enterTurn(
  { registryId, settings }: Registry,
  { caller, speakerId }: { caller: Caller; speakerId: string | undefined },
): (() => void) | undefined {
  const { rejects, misses } = guessLimitsOf(settings);
  const most = speakerId === undefined ? misses : rejects;
  const name = JSON.stringify([registryId, speakerId ?? nameOfCaller(caller)]);
  const count = open.get(name) ?? 0;
  if (most > 0 && count >= most) return undefined;
  open.set(name, count + 1);
  let left = false;
  return () => {
    if (left) return;
    left = true;
    const now = (open.get(name) ?? 1) - 1;
    if (now > 0) open.set(name, now);
    else open.delete(name);
  };
}
