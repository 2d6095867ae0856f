import type { Failure } from "../ports/upload.ts";
import type { SpeakerView } from "../schema/speaker.ts";

/** What became of one request of a manifest. */
export type RequestOutcome = {
  requestId: string;
  /** The speaker after the request; undefined if there is none. */
  speaker: SpeakerView | undefined;
  status: "DUPLICATE_SKIPPED" | "ENROLLMENT_OVERWRITE" | "NEW_ENROLLMENT";
  /** Of the first recording that wasn't enrolled. */
  problem: Failure | undefined;
};

/**
 * The output file of Voice ID's speaker enrollment jobs, version 1.0. A request has succeeded if its
 * speaker is enrolled, even if some of the recordings were refused.
 *
 * Source: see `enrollmentManifest`
 */
export function enrollmentOutput(outcomes: readonly RequestOutcome[]) {
  const done = outcomes.flatMap(({ requestId, speaker, status }) =>
    speaker?.status === "enrolled"
      ? {
          RequestId: requestId,
          GeneratedSpeakerId: speaker.uid,
          CustomerSpeakerId: speaker.id,
          EnrollmentStatus: status,
        }
      : [],
  );
  const failed = outcomes.flatMap((outcome) =>
    outcome.speaker?.status === "enrolled" ? [] : errorOf(outcome),
  );
  return { Version: "1.0", Errors: failed, SuccessfulEnrollments: done };
}

function errorOf({ requestId, speaker, problem }: RequestOutcome) {
  const missing = speaker ? Math.ceil(speaker.remainingSpeechSeconds) : 0;
  const short = `There isn't enough speech for enrollment: ${missing} s more are needed.`;
  const message = problem?.detail ?? short;
  return { RequestId: requestId, ErrorCode: codeOf(problem), ErrorMessage: message };
}

function codeOf(problem: Failure | undefined): number {
  if (problem?.slug === "speaker-opted-out") return 409;
  return problem?.slug === "internal-error" ? 500 : 400;
}
