/** Code whose tests are measured by mutation: what is mutated, and the tests that must notice. */
export type Area = { mutate: readonly string[]; tests: readonly string[] };

export const AREAS = {
  attempts: {
    mutate: [
      "lib/domain/registry/attempts.ts",
      "lib/domain/registry/guess.ts",
      "lib/domain/registry/misses.ts",
    ],
    tests: ["test/domain/attempts.test.ts", "test/domain/set-clock.test.ts"],
  },
  authentication: {
    mutate: [
      "functions/http/guard/auth.ts",
      "functions/http/guard/caller.ts",
      "lib/domain/registry/key.ts",
      "lib/domain/registry/still-allowed.ts",
      "lib/domain/registry/token.ts",
    ],
    tests: [
      "test/domain/key.test.ts",
      "test/domain/still-allowed.test.ts",
      "test/functions/authorization.test.ts",
      "test/functions/unauthorized.test.ts",
      "test/domain/set-clock.test.ts",
    ],
  },
  idempotency: {
    mutate: ["functions/http/guard/idempotency.ts", "lib/adapters/shared/stores/idempotency.ts"],
    tests: [
      "test/functions/idempotency.201.test.ts",
      "test/functions/idempotency-keys.test.ts",
      "test/contract/local.test.ts",
    ],
  },
  riff: {
    mutate: ["lib/audio/formats/riff.ts", "lib/audio/formats/wav.ts"],
    tests: [
      "test/audio/riff.test.ts",
      "test/audio/wav.test.ts",
      "test/audio/bad-input.test.ts",
      "test/audio/formats.test.ts",
      "test/audio/recorders.test.ts",
      "test/audio/mono.test.ts",
    ],
  },
  // Their own tests alone: each change would otherwise also wait for those of the other areas.
  "score/fit": {
    mutate: ["lib/score/fit/*.ts"],
    tests: [
      "test/score/calibration.test.ts",
      "test/score/choose-method.test.ts",
      "test/score/fit*.test.ts",
      "test/score/llr-thresholds.test.ts",
      "test/score/margin.test.ts",
      "test/score/shrink.test.ts",
    ],
  },
  "score/rates": {
    mutate: ["lib/score/rates/*.ts"],
    tests: [
      "test/score/groups.test.ts",
      "test/score/interval.test.ts",
      "test/score/metrics.test.ts",
      "test/score/rate-intervals.test.ts",
    ],
  },
  "score/scoring": { mutate: ["lib/score/scoring/*.ts"], tests: ["test/score/*.test.ts"] },
  // The other file has the compiled bytes, whose hash a test checks.
  "score/search": {
    mutate: ["lib/score/search/int8-*.ts", "lib/score/search/quantize.ts"],
    tests: ["test/score/*.test.ts"],
  },
} satisfies Record<string, Area>;

export type AreaName = keyof typeof AREAS;
export const AREA_NAMES = Object.keys(AREAS) as AreaName[];
