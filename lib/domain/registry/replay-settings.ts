import type { ProbeAction, RegistrySettings } from "../../ports/registry.ts";

const DEFAULT_REPLAY_DAYS = 30;
export const MOST_REPLAY_DAYS = 365;

export const replayActionOf = ({ replay }: RegistrySettings): ProbeAction => replay ?? "flag";

/** Days for which the fingerprints of accepted probes are kept; 0: none are kept. */
export const replayDaysOf = ({ replayDays }: RegistrySettings): number => replayDays ?? DEFAULT_REPLAY_DAYS;
