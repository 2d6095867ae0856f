import type { CohortId } from "../id.ts";
import { Cosine, ScoreNumber } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

const count = z.int().min(0);

const view = {
  id: text<CohortId>({ example: "coh_5x2k0w9r1m3t7v8y4z6a0b2c1d" }),
  model: z.string(),
  name: z.string().nullable(),
  sha256: z.string().nullable().openapi({
    description: "The hash of its content, from which the ID is derived. Null for the bundled cohort.",
  }),
  size: count,
  topN: count.openapi({ description: "How many of the nearest voices AS-Norm uses." }),
  erased: count.openapi({ description: "How many voices were removed because their speakers were erased." }),
  bundled: z.boolean(),
  active: z.boolean(),
  calibrated: z.boolean().openapi({
    description: "True if the active thresholds hold with it: they were measured with it, or need no cohort.",
  }),
  createdAt: z.string().nullable(),
};

export const Cohort = z.object(view).openapi("Cohort");
export const CohortList = z.object({ cohorts: z.array(Cohort) }).openapi("CohortList");

const Report = z
  .object({
    sources: z.object({ bundled: count, clips: count, registry: count }),
    languages: z
      .record(z.string(), count)
      .openapi({ description: "Voices by language. `unknown` if no language was given." }),
    bandwidths: z.object({ telephone: count, wide: count, unknown: count }),
    spread: z
      .object({ pairs: count, mean: Cosine, std: ScoreNumber.min(0), p95: Cosine, highest: Cosine })
      .nullable()
      .openapi({
        description: "The cosines between pairs of voices. Null without the scope `scores:read`.",
      }),
    nearDuplicates: z.object({
      above: z.number(),
      count,
      pairs: z.array(z.object({ a: z.string(), b: z.string(), cosine: Cosine.nullable() })),
    }),
    warnings: z.array(
      z.enum([
        "few-voices",
        "near-duplicates",
        "one-bandwidth",
        "one-language",
        "too-small-to-normalize",
        "voices-erased",
      ]),
    ),
  })
  .openapi("CohortReport", {
    description:
      "How well the cohort is suited to normalize scores. See docs/cohorts.md for what to do about warnings.",
  });

export const ReportedCohort = z.object({ ...view, report: Report }).openapi("ReportedCohort");

export const UnfitClips = z
  .array(z.object({ index: count, label: z.string(), why: z.string() }))
  .openapi({ description: "With `skipUnfit`, the clips that were skipped because they are unsuitable." });

export type CohortView = View<typeof Cohort>;
export type CohortWarning = View<typeof Report>["warnings"][number];
/** A report with its scores, which a key without `scores:read` doesn't get. */
export type CohortReport = Omit<View<typeof Report>, "nearDuplicates"> & {
  nearDuplicates: {
    above: number;
    count: number;
    pairs: readonly { a: string; b: string; cosine: number }[];
  };
};
