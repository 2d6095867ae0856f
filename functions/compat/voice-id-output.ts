import { z } from "@hono/zod-openapi";
import { requireJob } from "../../lib/domain/job/read.ts";
import { voiceIdOutput } from "../../lib/domain/job/voice-id-job.ts";
import type { Operation } from "./dialect.ts";
import { voiceIdJobId } from "./voice-id-jobs.ts";
import { VOICE_ID_PATH } from "./voice-id-operation.ts";

export const OUTPUT_PATH = `${VOICE_ID_PATH}/output/{jobId}`;

const RequestId = z.string().describe("The request's ID in the manifest.");
export const VoiceIdOutput = z
  .object({
    Version: z.literal("1.0").describe("Of the format."),
    Errors: z
      .array(
        z.object({
          RequestId,
          ErrorCode: z.int().describe("400, 409 for a speaker who has opted out, or 500."),
          ErrorMessage: z.string().describe("What is wrong, for a person."),
        }),
      )
      .describe("The requests whose speaker isn't enrolled afterwards."),
    SuccessfulEnrollments: z
      .array(
        z.object({
          RequestId,
          GeneratedSpeakerId: z.string().describe("The registry's own ID of the speaker."),
          CustomerSpeakerId: z.string().describe("The speaker's ID."),
          EnrollmentStatus: z
            .enum(["DUPLICATE_SKIPPED", "NEW_ENROLLMENT", "ENROLLMENT_OVERWRITE"])
            .describe("Whether the speaker was skipped, enrolled, or got new clips in place of others."),
        }),
      )
      .describe("The requests whose speaker is enrolled, even if some of the recordings were refused."),
  })
  .openapi("VoiceIdOutput");

/**
 * The output file of a speaker enrollment job, which Voice ID wrote to S3; until the end, a part of
 * it.
 */
export const jobOutput = (jobId: string): Operation => ({
  route: OUTPUT_PATH,
  operationId: "readJob",
  scope: "speakers:write",
  audit: "none",
  async handle(services, { registry: { registryId }, c }) {
    const job = await requireJob(services, { registryId, jobId: voiceIdJobId(jobId) });
    return c.json(VoiceIdOutput.parse(await voiceIdOutput(services, job)));
  },
});
