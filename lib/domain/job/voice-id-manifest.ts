import { AppError } from "../../error.ts";
import { parseSpeakerId, type SpeakerId } from "../../id.ts";
import type { Failure } from "../../ports/upload.ts";
import { z } from "../../schema/zod.ts";

/** As many clips as a line of a batch may have, and as many as Voice ID took. */
const MOST_FILES = 10;

const Manifest = z.object({
  Version: z.literal("1.0"),
  SpeakerEnrollmentRequests: z.array(z.object({ RequestId: z.string().min(1).max(256) }).loose()).min(1),
});
const Request = z.object({
  SpeakerId: z.string(),
  AudioSpecifications: z
    .array(z.object({ S3Uri: z.string().min(1).max(1024), ChannelId: z.int().min(0).max(1) }))
    .min(1)
    .max(MOST_FILES),
});

export type ListedAudio = { uri: string; channel: number };
/** One speaker of a manifest with the speaker's recordings, or what is wrong with this entry. */
export type EnrollmentRequest = { requestId: string } & (
  | { speakerId: SpeakerId; audio: readonly ListedAudio[] }
  | { problem: Failure }
);

/**
 * Reads the input manifest of Voice ID's speaker enrollment jobs, version 1.0. An entry with a
 * fault becomes one with a problem. Throws `validation-failed` if the whole isn't such a manifest.
 *
 * Source: Amazon Connect administrator guide, "Input and output file schema for the Speaker
 * Enrollment Job"
 */
export function enrollmentManifest(bytes: Uint8Array): EnrollmentRequest[] {
  const parsed = Manifest.safeParse(jsonOf(bytes));
  if (!parsed.success) throw new AppError("validation-failed", NO_MANIFEST);
  const requests = parsed.data.SpeakerEnrollmentRequests;
  const seen = new Set<string>();
  for (const { RequestId } of requests) {
    if (seen.has(RequestId))
      throw new AppError(
        "validation-failed",
        `The RequestId "${RequestId}" occurs more than once in the manifest.`,
      );
    seen.add(RequestId);
  }
  return requests.map(requestOf);
}

const NO_MANIFEST =
  "This isn't a manifest of a speaker enrollment job: a JSON object with the Version 1.0 and a list " +
  "SpeakerEnrollmentRequests, each of which has a RequestId.";

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new AppError("validation-failed", "The manifest isn't valid JSON.");
  }
}

function requestOf({ RequestId: requestId, ...request }: { RequestId: string }): EnrollmentRequest {
  const failed = (detail: string) => ({ requestId, problem: { slug: "validation-failed", detail } as const });
  const parsed = Request.safeParse(request);
  if (!parsed.success)
    return failed(
      "Each request needs a SpeakerId and 1 to 10 AudioSpecifications, each with an S3Uri and the ChannelId 0 or 1.",
    );
  const { SpeakerId, AudioSpecifications } = parsed.data;
  const speakerId = parseSpeakerId(SpeakerId);
  if (!speakerId)
    return failed(
      `"${SpeakerId}" is not a valid speaker ID. Use 1 to 128 letters, digits, "_", "." and "-", starting with a ` +
        "letter or digit.",
    );
  const audio = AudioSpecifications.map(({ S3Uri, ChannelId }) => ({ uri: S3Uri, channel: ChannelId }));
  return { requestId, speakerId, audio };
}
