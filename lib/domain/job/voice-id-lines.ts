import { AppError } from "../../error.ts";
import type { Job } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import { failureOf } from "../failure.ts";
import { redactor } from "../speaker/redact.ts";
import { fileAt } from "../upload/uri-file.ts";
import { forget } from "../upload/use.ts";
import { requireLines } from "./batch-lines.ts";
import { encodeManifest, type ManifestLine } from "./lines.ts";
import type { JobNeeds, Save } from "./needs.ts";
import { ERASED } from "./redact-lines.ts";
import { enrollmentManifest } from "./voice-id-manifest.ts";

/** Of a whole call, this much of the caller's speech is enrolled. */
const PIECE = { firstSpeechSeconds: 60 };

/**
 * Reads the manifest of a job that a client of Voice ID has started, and stores its requests as
 * lines. Ends the job with a problem if it can't.
 */
export async function readVoiceIdManifest(
  services: JobNeeds,
  job: Job,
  { save }: { save: Save },
): Promise<void> {
  try {
    const lines = await linesOf(services, job);
    await services.jobs.putManifest(job.registryId, job.jobId, await encodeManifest(lines));
    await save({ total: lines.length });
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    await save({ state: "done", problem });
  }
}

async function linesOf(services: JobNeeds, job: Job): Promise<ManifestLine[]> {
  const { registryId, voiceId, createdAt } = job;
  if (!voiceId) throw new RangeError(`${job.jobId} has no settings`);
  const requests = enrollmentManifest(await wholeFile(services, voiceId.inputUri));
  requireLines(requests.length);
  const erasures = await services.erasures.list(registryId);
  const redact = redactor(services, registryId, erasures, services.clock.now());
  return requests.map((entry) => {
    const { requestId: id } = entry;
    const request = { id, existing: voiceId.existing };
    if ("problem" in entry) return { problem: entry.problem, request };
    // Erased after the job was started.
    if (redact({ speakerId: entry.speakerId }, Date.parse(createdAt))) return { problem: ERASED, request };
    const audio = entry.audio.map(({ uri, channel }) => ({ uri, channel, piece: PIECE }));
    return { speakerId: entry.speakerId, audio, request };
  });
}

async function wholeFile(services: Pick<Services, "uriFiles">, uri: string): Promise<Uint8Array> {
  const file = await fileAt(services, uri);
  if ("bytes" in file) return file.bytes;
  await forget(file);
  throw new AppError(
    "file-too-large",
    "A manifest of Voice ID can have at most 24 MiB. Split it into several jobs.",
  );
}
