import type { CohortSettings, Job, JobOutcome } from "../../ports/job.ts";
import type { JobView } from "../../schema/job.ts";
import { decodeFloat32, encodeFloat32 } from "../../score/scoring/codec.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { assembleCohort, requireSources } from "../cohort/build.ts";
import { embedCohortClip, type FitClip, rowsOf, type UnfitClip } from "../cohort/clips.ts";
import { consumeUpload, type HeldUpload, releaseUpload } from "../upload/use.ts";
import { type JobStart, startJob } from "./job.ts";
import { lineRecording } from "./line-recording.ts";
import { type CohortLine, decodeManifest, encodeManifest, type FitLine } from "./lines.ts";
import type { JobNeeds, StepContext } from "./needs.ts";
import { wholeJobStep } from "./whole-job.ts";

/**
 * Starts a job that builds a cohort.
 *
 * throws `validation-failed` without any source; `cohort-not-found` or `cohort-mismatch` for a
 *        source cohort
 */
export async function startCohort(
  services: JobNeeds,
  input: JobStart & { cohort: CohortSettings; clips: readonly CohortLine[] },
): Promise<JobView> {
  const { clips, ...start } = input;
  await requireSources(services, { ...input.cohort, registryId: input.registryId, clips: clips.length });
  return startJob(services, { kind: "build-cohort", ...start, lines: clips });
}

/** Embeds clips of the job's cohort until `isOver`; builds the cohort after the last one. */
export function cohortStep(services: JobNeeds, job: Job, context: StepContext): Promise<void> {
  const { registryId, jobId, cohort: settings } = job;
  if (!settings) throw new RangeError(`${jobId} has no settings`);
  let lines: CohortLine[] = [];
  const read = async () => {
    const bytes = await services.jobs.manifest(registryId, jobId);
    return bytes ? decodeManifest<CohortLine>(bytes) : [];
  };
  return wholeJobStep(services, job, {
    ...context,
    async make() {
      lines = await read();
      if (lines.length !== job.total) throw new RangeError(`the clips of ${jobId} are missing`);
      if (!(await embedLines(services, job, lines, context))) return undefined;
      const { rows, unfit } = rowsOf(lines.map(clipOf), services.embedder.model.dimension);
      const input = { ...settings, registryId, clips: lines.length };
      const { record, created, left } = await assembleCohort(services, input, rows, unfit);
      return { cohortId: record.cohortId, created, left } satisfies JobOutcome;
    },
    async settle() {
      for (const { audio } of job.outcome ? await read() : lines)
        if (audio && "upload" in audio && !audio.piece) {
          const upload = await services.uploads.get(registryId, audio.upload);
          if (upload?.state === "open") await consumeUpload(services, { upload });
        }
      return undefined;
    },
  });
}

/** Resolves to true if all lines are embedded. Stores those that are before it resolves. */
async function embedLines(
  services: JobNeeds,
  job: Job,
  lines: CohortLine[],
  { save, isOver }: StepContext,
): Promise<boolean> {
  const isOpen = ({ fit, unfit }: CohortLine) => !fit && unfit === undefined;
  let changed = false;
  try {
    for (const [index, line] of lines.entries()) {
      if (!isOpen(line)) continue;
      if (isOver()) break;
      lines[index] = await embedLine(services, job, { line, index });
      changed = true;
      await save({ stage: "embedding", ...countsOf(lines) });
    }
  } finally {
    if (changed) await store(services, job, lines);
  }
  return !lines.some(isOpen);
}

async function embedLine(
  services: JobNeeds,
  { registryId, jobId }: Job,
  { line, index }: { line: CohortLine; index: number },
): Promise<CohortLine> {
  const { audio, voice, language } = line;
  if (!audio) throw new RangeError(`clip ${index + 1} of ${jobId} has no audio`);
  const held: HeldUpload[] = [];
  const read = () => lineRecording(services, registryId, audio, { holder: `${jobId} ${index}`, held });
  try {
    const clip = { label: labelOf(index), voice, language, read };
    const embedded = await embedCohortClip(services, clip, index);
    const kept = { voice, language, audio: "base64" in audio ? undefined : audio };
    return "why" in embedded ? { ...kept, unfit: embedded.why } : { ...kept, fit: fitLine(embedded) };
  } finally {
    // Released, not consumed: if no cohort comes out of this, the caller uses them again.
    await Promise.all(held.map((one) => releaseUpload(services, one)));
  }
}

/**
 * Stores what is embedded so far. Another worker may have ended the job in the meantime: then its
 * clips must not stay behind.
 */
async function store(services: JobNeeds, { registryId, jobId }: Job, lines: readonly CohortLine[]) {
  await services.jobs.putManifest(registryId, jobId, await encodeManifest(lines));
  const latest = await services.jobs.get(registryId, jobId);
  const isOpen = latest && latest.state !== "done" && !latest.outcome && !latest.problem;
  if (!isOpen) await services.jobs.removeManifest(registryId, jobId);
}

function countsOf(lines: readonly CohortLine[]) {
  const succeeded = lines.filter(({ fit }) => fit).length;
  const failed = lines.filter(({ unfit }) => unfit !== undefined).length;
  return { succeeded, failed, done: succeeded + failed };
}

const labelOf = (index: number): string => `clip ${index + 1}`;

const fitLine = ({ audioSha256, quality, embedding }: FitClip): FitLine => ({
  ...{ audioSha256, quality },
  embedding: Buffer.from(encodeFloat32(embedding)).toString("base64"),
});

function clipOf({ fit, unfit = "", voice, language }: CohortLine, index: number): FitClip | UnfitClip {
  const label = labelOf(index);
  if (!fit) return { index, label, why: unfit };
  // Stored as it was made: normalizing it again would change its last bits.
  const embedding = decodeFloat32(Buffer.from(fit.embedding, "base64")) as UnitVector;
  return { ...fit, embedding, index, clip: { label, voice, language } };
}
