import { defineConfig } from "vitest/config";
import { AREAS, type AreaName } from "./areas.ts";

const { tests } = AREAS[process.env.VOICEROLL_MUTATION_AREA as AreaName];

/** The tests of one area, as Stryker runs them. */
export default defineConfig({ test: { include: [...tests], testTimeout: 60_000 } });
