import type { CalibrationId, ClipId, CohortId, JobId, SpeakerId } from "../id.ts";
import { Suspects } from "./calibration.ts";
import { UnfitClips } from "./cohort.ts";
import { Diarization } from "./diarization.ts";
import { LaterProblem, Next, Time } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

const count = z.int().min(0);

/** The kinds of job that `POST /jobs` starts. Other routes start the other kinds. */
export const StartedKind = z.enum(["enroll-batch", "re-embed", "refresh-statistics", "diarize"]);

export const Kind = z.enum([...StartedKind.options, "calibrate", "build-cohort"]);
export const State = z.enum(["waiting", "running", "done"]);

const MadeCalibration = z
  .object({
    calibration: text<CalibrationId>({ description: "Read it with `GET /calibrations/{calibrationId}`." }),
    suspects: Suspects,
  })
  .openapi("MadeCalibration");

const MadeCohort = z
  .object({
    cohort: text<CohortId>({ description: "Read it, with its report, with `GET /cohorts/{cohortId}`." }),
    created: z.boolean().openapi({ description: "False if the same cohort already existed." }),
    left: UnfitClips,
  })
  .openapi("MadeCohort");

export const Job = z
  .object({
    id: text<JobId>({ example: "job_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    kind: Kind,
    state: State,
    stage: z
      .enum(["diarizing", "embedding", "scoring", "fitting"])
      .nullable()
      .openapi({
        description:
          "What `done` and `total` count: seconds of audio (`diarizing`), clips (`embedding`), speakers, trials or " +
          "voices (`scoring`), kinds of trial (`fitting`). Null for a job with one stage, and before the first.",
      }),
    total: count.nullable().openapi({
      description:
        "The number of lines in the manifest, or of parts of the stage. Null if it is not known in advance.",
    }),
    done: count.openapi({ description: "The number of results so far, or of parts of the stage." }),
    succeeded: count,
    failed: count.openapi({ description: "Results with at least one clip that was not enrolled." }),
    result: z.union([MadeCalibration, MadeCohort, Diarization, z.null()]).openapi({
      description:
        "What a `calibrate`, `build-cohort` or `diarize` job has made. Null before that, and for other kinds.",
    }),
    problem: orNull(LaterProblem).openapi({
      description:
        "Why the job ended early: a calibration or a cohort that can't be made, or the API key that started the job " +
        "was revoked. Null otherwise.",
    }),
    canceled: z.boolean().openapi({
      description: "Whether the job was canceled. It is `done` after its current step, without the rest.",
    }),
    createdAt: Time,
    updatedAt: Time,
    goneAt: Time.openapi({ description: "When the job and its results are deleted." }),
  })
  .openapi("Job");

export const JobList = z
  .object({ jobs: z.array(Job.omit({ result: true }).openapi("ListedJob")), next: Next })
  .openapi("JobList");

const ClipOutcome = z.object({
  clip: z.int().min(1).openapi({ description: "The place of the clip in the line, starting at 1." }),
  id: text<ClipId>().nullable(),
  problem: orNull(LaterProblem).openapi({ description: "Why the clip was not enrolled." }),
});

const JobResult = z
  .object({
    line: z.int().min(1).openapi({ description: "The line of the manifest, starting at 1." }),
    speaker: text<SpeakerId>().nullable(),
    status: z.enum(["done", "partial", "failed"]),
    clips: z.array(text<ClipId>()).openapi({ description: "The clips that were enrolled." }),
    outcomes: z.array(ClipOutcome).openapi({
      description: "The outcome of each clip, in their order. Empty unless the line has several clips.",
    }),
    problem: orNull(LaterProblem).openapi({ description: "Set if no clip of the line was enrolled." }),
  })
  .openapi("JobResult");

export const JobPage = z
  .object({
    job: Job,
    results: z.array(JobResult),
    next: z.string().nullable().openapi({ description: "Cursor of the next page. Null on the last page." }),
  })
  .openapi("JobPage");

export type JobView = View<typeof Job>;
export type JobResultView = View<typeof JobResult>;
