import { z } from "@hono/zod-openapi";

const count = z.int().min(0);
const cosine = z.number().min(-1.000001).max(1.000001);

const view = {
  id: z.string().openapi({ example: "coh_5x2k0w9r1m3t7v8y4z6a0b2c1d" }),
  model: z.string(),
  name: z.string().nullable(),
  sha256: z
    .string()
    .nullable()
    .openapi({ description: "Of its content, which its id follows from; null for the bundled one." }),
  size: count,
  topN: count.openapi({ description: "Nearest voices that AS-Norm compares with." }),
  erased: count.openapi({ description: "Voices of speakers who were erased since it was made." }),
  bundled: z.boolean(),
  active: z.boolean(),
  calibrated: z.boolean().openapi({ description: "The active thresholds were measured with it." }),
  createdAt: z.string().nullable(),
};

export const Cohort = z.object(view).openapi("Cohort");
export const CohortList = z.object({ cohorts: z.array(Cohort) }).openapi("CohortList");

const Report = z
  .object({
    sources: z.object({ bundled: count, clips: count, registry: count }),
    languages: z.record(z.string(), count).openapi({ description: "`unknown` where nobody said." }),
    bandwidths: z.object({ telephone: count, wide: count, unknown: count }),
    spread: z
      .object({ pairs: count, mean: cosine, std: z.number().min(0), p95: cosine, highest: cosine })
      .nullable()
      .openapi({ description: "Of the cosines between two voices; null without the scope `scores:read`." }),
    nearDuplicates: z.object({
      above: z.number(),
      count,
      pairs: z.array(z.object({ a: z.string(), b: z.string(), cosine: cosine.nullable() })),
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
    description: "How fit it is to normalize by; docs/cohorts.md says what to do.",
  });

export const ReportedCohort = z.object({ ...view, report: Report }).openapi("ReportedCohort");
export const BuiltCohort = z
  .object({
    cohort: ReportedCohort,
    created: z.boolean().openapi({ description: "False where the same cohort stood already." }),
    left: z
      .array(z.object({ index: count, label: z.string(), why: z.string() }))
      .openapi({ description: "Clips that could not stand in it, with `skipUnfit`." }),
  })
  .openapi("BuiltCohort");
