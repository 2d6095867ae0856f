import { z } from "@hono/zod-openapi";
import { AppError } from "../../../lib/error.ts";
import { type CandidateId, isCandidateId } from "../../../lib/id.ts";
import { CONSENT_LENGTHS } from "../../../lib/schema/consent.ts";
import { Name, Speaker, text } from "./schema.ts";

const Other = z.string().max(80).describe("The ID of another candidate voice.");
const Force = z.boolean().optional();

/** The body of `POST /candidates/{id}/name`. */
export const CandidateName = z.strictObject({
  speaker: Speaker.describe("Your ID for the person. A speaker that doesn't exist is created."),
  name: Name.optional().describe("The name of a speaker that is created."),
  consent: text(CONSENT_LENGTHS.reference)
    .optional()
    .describe("A reference to the person's consent, for a registry with `consentRequired`."),
  enroll: z
    .boolean()
    .optional()
    .describe(
      "Also enroll pieces of the newest recording that is still stored, if they pass the checks of an enrollment. " +
        "Without it, the speaker's voiceprint doesn't change.",
    ),
  force: Force.describe("Name it although somebody has said that it is not this speaker."),
});

export const CandidateMerge = z.strictObject({
  with: Other.describe("The candidate voice that becomes part of this one."),
  force: Force.describe("Merge them although somebody has said that they are different people."),
});

const Place = z.strictObject({
  recording: z.string().max(80).describe("The upload or the file."),
  voice: z.int().min(0).max(1000).describe("Its place among the voices of the recording."),
});

export const CandidateHeard = z.strictObject({
  heard: z
    .array(Place)
    .min(1)
    .max(20)
    .describe("`recording` and `voice` of the entries of `heard` that are of another person."),
});

export const CandidateRejection = z
  .strictObject({
    speaker: Speaker.optional().describe("The speaker that it is not."),
    candidate: Other.optional().describe("The candidate voice that it is not."),
  })
  .refine(
    ({ speaker, candidate }) => (speaker === undefined) !== (candidate === undefined),
    "Send either `speaker` or `candidate`.",
  );

export function candidateIdOf(id: string): CandidateId {
  if (!isCandidateId(id)) throw new AppError("candidate-not-found", "No candidate voice has this ID.");
  return id;
}
