import type { Secrets, Services } from "../../ports/services.ts";
import type { EventNeeds } from "../event/outgoing.ts";

/** What a decision on a probe needs: searches, attempts, replays, its record and its events. */
export type ProbeNeeds = EventNeeds &
  Secrets &
  Pick<
    Services,
    | "active"
    | "calibrations"
    | "cohorts"
    | "decisions"
    | "embedder"
    | "gallery"
    | "groups"
    | "heardProbes"
    | "limits"
    | "speakerRejects"
    | "speakers"
  >;
