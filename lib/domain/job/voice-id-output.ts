import type { RequestResult } from "../../ports/job.ts";
import type { Failure } from "../../ports/upload.ts";

/** What became of one request of a manifest. */
export type RequestOutcome = Pick<RequestResult, "status"> & {
  requestId: string;
  /** After the request. Undefined if there is none. */
  speaker: (RequestResult["speaker"] & { id: string }) | undefined;
  /** Of the first recording that wasn't enrolled. */
  problem: Failure | undefined;
};

/**
 * The output file of Voice ID's speaker enrollment jobs, version 1.0. A request has succeeded if
 * its speaker is enrolled, even if some of the recordings were refused.
 *
 * Source: see `enrollmentManifest`
 */
export function enrollmentOutput(outcomes: readonly RequestOutcome[]) {
  const [errors, enrollments]: [ReturnType<typeof errorOf>[], object[]] = [[], []];
  for (const outcome of outcomes) {
    const { requestId: RequestId, speaker, status: EnrollmentStatus } = outcome;
    if (!speaker?.isEnrolled) errors.push(errorOf(outcome));
    else
      enrollments.push({
        ...{ RequestId, GeneratedSpeakerId: speaker.uid, CustomerSpeakerId: speaker.id, EnrollmentStatus },
      });
  }
  return { Version: "1.0", Errors: errors, SuccessfulEnrollments: enrollments };
}

function errorOf({ requestId, speaker, problem }: RequestOutcome) {
  const missing = Math.ceil(speaker?.missingSeconds ?? 0);
  const short = `There isn't enough speech for enrollment: ${missing} s more are needed.`;
  return { RequestId: requestId, ErrorCode: codeOf(problem), ErrorMessage: problem?.detail ?? short };
}

function codeOf(problem: Failure | undefined): number {
  if (problem?.slug === "speaker-opted-out") return 409;
  return problem?.slug === "internal-error" ? 500 : 400;
}
