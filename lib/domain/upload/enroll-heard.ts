import type { CandidateId, SpeakerId } from "../../id.ts";
import type { Hearing } from "../../ports/candidate-voice.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Upload, UploadFiles } from "../../ports/upload.ts";
import type { CandidateEnrollment } from "../../schema/candidate.ts";
import { ENROLL_CLIP_SECONDS } from "../enrollment/clips.ts";
import { type EnrollNeeds, enroll } from "../enrollment/enroll.ts";
import { failureOf } from "../failure.ts";
import { requireCandidate } from "../people/candidate.ts";
import { clipFrom } from "./clip.ts";
import { arrivedFile, forget } from "./use.ts";

type Needs = EnrollNeeds & Pick<Services, "candidates" | "jobs" | "uploads"> & { uploadFiles: UploadFiles };

/** Clips of one recording that are enrolled: its longest pieces. */
const MOST_CLIPS = 3;

/**
 * Enrolls pieces of the newest recording of a candidate that is still stored. They have to pass the
 * checks of an enrollment: quality, similarity to the speaker's clips, and one voice only, whatever
 * the registry's settings say about that.
 *
 * returns  how many clips were enrolled, or why none was
 */
export async function enrollHeard(
  services: Needs,
  input: {
    registry: Registry;
    candidateId: CandidateId;
    speakerId: SpeakerId;
    consent?: string | undefined;
    attempt?: RequestAttempt | undefined;
  },
): Promise<CandidateEnrollment> {
  const { registry, candidateId, ...rest } = input;
  const { hearings } = requireCandidate(await services.candidates.all(registry.registryId), candidateId);
  const stored = await newestStored(services, registry, hearings);
  if (!stored) return { clips: 0, problem: NO_RECORDING };
  try {
    const clips = await clipsOf(services, stored.hearing, stored.upload);
    const strict = { ...registry, settings: { ...registry.settings, refuseMultipleSpeakers: true } };
    const { clips: enrolled } = await enroll(services, { registry: strict, clips, ...rest });
    return { clips: enrolled.length, problem: null };
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    return { clips: 0, problem };
  }
}

const NO_RECORDING = {
  slug: "upload-not-found",
  detail:
    "None of the recordings is stored anymore, or none has a piece of 2 s. Enroll a recording of the person.",
} as const;

async function newestStored(
  { uploads, uploadFiles }: Needs,
  { registryId }: Registry,
  hearings: readonly Hearing[],
): Promise<{ hearing: Hearing; upload: Upload } | undefined> {
  for (const hearing of hearings.toReversed()) {
    if (!isUpload(hearing.recording) || longPieces(hearing).length === 0) continue;
    const upload = await uploads.get(registryId, hearing.recording);
    if (upload && (await uploadFiles.head(registryId, hearing.recording))) return { hearing, upload };
  }
  return undefined;
}

const isUpload = (recording: string): recording is Upload["uploadId"] => recording.startsWith("upl_");

const longPieces = ({ pieces }: Hearing) =>
  pieces.filter(([start, end]) => end - start >= 100 * ENROLL_CLIP_SECONDS);

async function clipsOf(services: Needs, hearing: Hearing, upload: Upload) {
  const job = hearing.jobId && (await services.jobs.get(upload.registryId, hearing.jobId));
  const channel = (job || undefined)?.diarization?.channel;
  const { mediaType } = upload;
  const longest = longPieces(hearing).toSorted(([a, b], [c, d]) => d - c - (b - a));
  const file = await arrivedFile(services, upload);
  try {
    return await Promise.all(
      longest.slice(0, MOST_CLIPS).map(([start, end]) => {
        const piece = { segment: { start: start / 100, end: end / 100 } };
        return clipFrom(services, file, { mediaType, channel, piece });
      }),
    );
  } finally {
    await forget(file);
  }
}
