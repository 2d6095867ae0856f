import type { DecisionId, GroupId } from "../id.ts";
import { Candidate } from "./candidate.ts";
import { ConsentList } from "./consent.ts";
import { Time } from "./measures.ts";
import { ClipList, SpeakerDetail } from "./speaker.ts";
import { text, type View, z } from "./zod.ts";

const count = z.int().min(0);

export const PersonReport = z
  .object({
    at: Time,
    registry: z.string().openapi({ description: "The registry's name." }),
    speaker: SpeakerDetail,
    enrolledAt: Time.nullable().openapi({ description: "When clips were last enrolled." }),
    consentReference: z.string().nullable().openapi({
      description: "The reference that was sent as `consent` with an enrollment.",
    }),
    consents: ConsentList,
    voiceprint: z
      .object({
        model: z.string(),
        numbers: count.openapi({ description: "How many numbers it consists of." }),
        clips: count,
      })
      .nullable()
      .openapi({ description: "Null without clips." }),
    clips: ClipList.shape.clips.openapi({
      description: "`GET /speakers/{id}/clips/{clipId}/audio` returns each stored recording.",
    }),
    candidates: z.array(Candidate).openapi({
      description: "The candidate voices that have the person's name: in which recordings, and when.",
    }),
    heardProbes: count.openapi({
      description: "Accepted recordings of which a fingerprint is kept, by which copies are recognized.",
    }),
    groups: z.array(text<GroupId>()),
    inCohort: z.boolean().openapi({
      description: "Whether the voice is in a cohort, against which the scores of others are normalized.",
    }),
    decisions: z
      .array(
        z
          .object({
            decisionId: text<DecisionId>(),
            operation: z.enum(["verify", "identify", "compare"]),
            at: Time,
            decision: z.string().openapi({ example: "accept" }),
          })
          .openapi("ReportedDecision"),
      )
      .openapi({ description: "Decisions about the person, newest first, at most 1,000." }),
    moreDecisions: z.boolean().openapi({
      description: "Whether there may be earlier decisions: `GET /decisions?speaker=` lists all.",
    }),
    elsewhere: z.array(z.string()).openapi({
      description: "Records that can name the person, or that outlive an erasure, and for how long.",
    }),
  })
  .openapi("PersonReport");

export type PersonReportView = View<typeof PersonReport>;
