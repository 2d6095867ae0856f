import type { Job, JobOutcome, JobResult } from "../../ports/job.ts";
import type { JobResultView, JobView } from "../../schema/job.ts";
import { diarizationView } from "../decision/diarization.ts";

/** Whether the whole line was enrolled, or a part of it, or nothing. */
export function resultStatus({ problem, outcomes = [] }: Omit<JobResult, "line">): JobResultView["status"] {
  if (problem) return "failed";
  return outcomes.some((outcome) => "problem" in outcome) ? "partial" : "done";
}

export function resultView(result: JobResult): JobResultView {
  const { line, speakerId, clips, outcomes = [], problem } = result;
  return {
    line,
    speaker: speakerId ?? null,
    status: resultStatus(result),
    clips,
    outcomes: outcomes.map((outcome, i) => ({
      clip: i + 1,
      id: "clipId" in outcome ? outcome.clipId : null,
      problem: "problem" in outcome ? outcome.problem : null,
    })),
    problem: problem ?? null,
  };
}

export function jobView({ jobId, ...job }: Job): JobView {
  const { kind, state, done, succeeded, failed, createdAt, updatedAt, goneAt } = job;
  return {
    ...{ id: jobId, kind, state, stage: job.stage ?? null, total: job.total ?? null },
    ...{ done, succeeded, failed, result: outcomeView(job.outcome), problem: job.problem ?? null },
    ...{ canceled: job.canceled ?? false, createdAt, updatedAt, goneAt },
  };
}

function outcomeView(outcome: JobOutcome | undefined): JobView["result"] {
  if (!outcome) return null;
  if ("diarization" in outcome) return diarizationView(outcome.diarization);
  if ("calibrationId" in outcome) return { calibration: outcome.calibrationId, suspects: outcome.suspects };
  const { cohortId, created, left } = outcome;
  return { cohort: cohortId, created, left };
}
