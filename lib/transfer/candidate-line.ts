import * as z from "zod";
import { BANDWIDTHS } from "../audio/types.ts";
import type { CandidateId, ModelId, RegistryId, SpeakerUid } from "../id.ts";
import { parseSpeakerId } from "../id.ts";
import type { CandidateVoice, Hearing } from "../ports/candidate-voice.ts";
import { decodeInt32, encodeInt32 } from "../score/scoring/codec.ts";
import { addFixed } from "../score/scoring/fixed-point.ts";
import { fromBase64, toBase64 } from "./bytes.ts";
import { Base64, ModelName, OwnName, Time, text, Uid } from "./fields.ts";

const CandidateName = z.string().regex(/^cnd_[0-9a-z]{1,64}$/, "is not a candidate's id (cnd_...)");
const place = { recording: text(80), voice: z.int().min(0).max(10_000) };
const At = z.int().min(0);

const HearingPart = z.strictObject({
  ...place,
  job: text(80).nullable(),
  at: Time,
  /** [D] Int32 at scale 2^28, little-endian. */
  embedding: Base64,
  speechSeconds: z.number().positive(),
  bandwidth: z.enum(BANDWIDTHS),
  /** Start and end, in hundredths of a second. */
  pieces: z.array(z.tuple([At, At])).max(1000),
  /** Speakers who were identified as other voices of the recording. */
  others: z.array(Uid).max(1000),
});

export const CandidateLine = z.strictObject({
  kind: z.literal("candidate"),
  id: CandidateName,
  speaker: z.strictObject({ id: OwnName, uid: Uid }).nullable(),
  model: ModelName,
  hearings: z.array(HearingPart).min(1).max(100),
  rejected: z.array(z.union([CandidateName, Uid])).max(10_000),
  moved: z.array(z.strictObject({ ...place, to: CandidateName })).max(10_000),
  createdAt: Time,
  heardAt: Time,
  expiresAt: Time,
});
export type CandidateLine = z.infer<typeof CandidateLine>;

export function candidateLine(candidate: CandidateVoice): CandidateLine {
  const { candidateId, speaker, modelId, hearings, rejected, moved, createdAt, heardAt, expiresAt } =
    candidate;
  return {
    ...{ kind: "candidate", id: candidateId, model: modelId },
    speaker: speaker ? { id: speaker.speakerId, uid: speaker.uid } : null,
    hearings: hearings.map(({ embedding, jobId, pieces, others, ...heard }) => ({
      ...{ recording: heard.recording, voice: heard.voice, job: jobId ?? null, at: heard.at },
      ...{ embedding: toBase64(encodeInt32(embedding)), speechSeconds: heard.speechSeconds },
      ...{ bandwidth: heard.bandwidth, others: [...others] },
      pieces: pieces.map(([start, end]): [number, number] => [start, end]),
    })),
    ...{ rejected: [...rejected], moved: [...moved], createdAt, heardAt, expiresAt },
  };
}

/** The candidate of a line, at version 1. `uid`: the speaker's in this registry */
export function candidateOfLine(
  registryId: RegistryId,
  line: CandidateLine,
  uid: SpeakerUid | undefined,
): CandidateVoice {
  const hearings = line.hearings.map(
    ({ embedding, job, others, ...heard }): Hearing => ({
      ...heard,
      ...{ jobId: (job ?? undefined) as Hearing["jobId"], others: others as SpeakerUid[] },
      embedding: decodeInt32(fromBase64(embedding) ?? new Uint8Array()),
    }),
  );
  const dimension = hearings[0]?.embedding.length ?? 0;
  const speakerId = line.speaker ? parseSpeakerId(line.speaker.id) : undefined;
  return {
    ...{ registryId, candidateId: line.id as CandidateId, modelId: line.model as ModelId, version: 1 },
    sum: hearings.reduce<Float64Array>(
      (sum, { embedding }) => addFixed(sum, embedding, 1),
      new Float64Array(dimension),
    ),
    hearings,
    speaker: speakerId && uid ? { speakerId, uid } : undefined,
    rejected: line.rejected as CandidateVoice["rejected"],
    moved: line.moved as CandidateVoice["moved"],
    ...{ createdAt: line.createdAt, heardAt: line.heardAt, expiresAt: line.expiresAt },
  };
}

/** What is wrong with a candidate's voices, or undefined. */
export function candidateFault(line: CandidateLine): string | undefined {
  const lengths = line.hearings.map(({ embedding }) => fromBase64(embedding)?.length ?? 0);
  if (lengths.some((bytes) => bytes === 0 || bytes % 4 !== 0 || bytes !== lengths[0]))
    return "has embeddings that aren't base64 of the same length.";
  return line.hearings.some(({ pieces }) => pieces.some(([start, end]) => end <= start))
    ? "has a piece that ends before it starts."
    : undefined;
}
