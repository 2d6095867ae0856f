import type { ProbeAction, RegistrySettings } from "../../ports/registry.ts";

export const mixedProbesOf = ({ mixedProbes }: RegistrySettings): ProbeAction => mixedProbes ?? "flag";
