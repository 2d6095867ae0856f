import type { CandidateId, DecisionId, SpeakerId } from "../id.ts";
import { Reasons, SearchDecision } from "./decision.ts";
import { Fraction, ScoreNumber, Seconds } from "./measures.ts";
import { Band, OpenSetThreshold, Score } from "./score.ts";
import { orNull, text, type View, z } from "./zod.ts";

const hidden =
  "Null if there was no voice to score, if nothing was measured, or if the key lacks the scope `scores:read`.";
const Label = z.string().openapi({
  description: "The speaker's ID, or `stranger-1`, `stranger-2` and so on in order of appearance.",
  example: "stranger-1",
});
const Enrolled = text<SpeakerId>().nullable().openapi({
  description: "The enrolled speaker, or the one whose name a candidate voice has. Null for a stranger.",
  example: "alice",
});

const DiarizedVoice = z
  .object({
    label: Label,
    speaker: Enrolled,
    candidate: text<CandidateId>()
      .nullable()
      .openapi({
        description:
          "The candidate voice of a stranger (`GET /candidates/{candidateId}`). Once it has a name, `speaker` has " +
          "it in every recording. Null: an enrolled speaker, or the registry keeps no candidate voices.",
      }),
    decision: SearchDecision,
    reasons: Reasons,
    decisionId: text<DecisionId>(),
    speechSeconds: Seconds.openapi({ description: "How long the voice speaks in the recording." }),
    heardSeconds: Seconds.openapi({ description: "Net speech that the decision is based on." }),
    band: Band,
    score: orNull(Score).openapi({ description: `Of the best candidate. ${hidden}` }),
    threshold: orNull(OpenSetThreshold).openapi({ description: hidden }),
  })
  .openapi("DiarizedVoice");

const DiarizedSegment = z
  .object({
    start: Seconds,
    end: Seconds,
    overlap: z.boolean().openapi({
      description:
        "Whether somebody else speaks at the same time, during a part of the segment or all of it.",
    }),
    label: Label,
    speaker: Enrolled,
    decision: SearchDecision,
    score: ScoreNumber.nullable().openapi({ description: hidden }),
    threshold: ScoreNumber.nullable().openapi({ description: hidden }),
  })
  .openapi("DiarizedSegment");

export const Diarization = z
  .object({
    seconds: Seconds.openapi({ description: "The length of the recording." }),
    operatingPoint: z.object({ far: Fraction }),
    voices: z.array(DiarizedVoice).openapi({ description: "In order of appearance." }),
    segments: z
      .array(DiarizedSegment)
      .openapi({ description: "In order of time. Where two people speak at once, their segments overlap." }),
  })
  .openapi("Diarization");

export type DiarizationView = View<typeof Diarization>;
