import type { Clip, Speaker } from "../../ports/speaker.ts";
import { decodeFloat64, decodeInt32, encodeFloat64, encodeInt32 } from "../../score/scoring/codec.ts";

export type SpeakerRow = {
  seq: number;
  registry_id: string;
  speaker_id: string;
  uid: string;
  version: number;
  model_id: string;
  listed: number;
  sum: Uint8Array;
  stats: string | null;
  body: string;
};
export type ClipRow = { embedding: Uint8Array; body: string };

type SpeakerBody = Omit<
  Speaker,
  "modelId" | "registryId" | "speakerId" | "stats" | "sum" | "uid" | "version"
>;

type ClipBody = Omit<Clip, "embedding" | "fingerprint"> & {
  /** base64 */
  fingerprint?: string | undefined;
};

/** JSON keeps numbers to the last bit, and leaves out fields that are undefined. */
export function speakerRow(speaker: Speaker) {
  const { registryId, speakerId, uid, version, modelId, sum, stats, ...body } = speaker;
  return {
    registry_id: registryId,
    speaker_id: speakerId,
    uid,
    version,
    model_id: modelId,
    listed: speaker.clips.length,
    sum: encodeFloat64(sum),
    stats: stats ? JSON.stringify(stats) : null,
    body: JSON.stringify(body),
  };
}

export function speakerOf(row: SpeakerRow): Speaker {
  const body = JSON.parse(row.body) as SpeakerBody;
  return {
    ...body,
    name: body.name ?? undefined,
    consent: body.consent ?? undefined,
    registryId: row.registry_id as Speaker["registryId"],
    speakerId: row.speaker_id as Speaker["speakerId"],
    uid: row.uid as Speaker["uid"],
    version: row.version,
    modelId: row.model_id as Speaker["modelId"],
    sum: decodeFloat64(row.sum),
    stats: statsOf(row),
  };
}

export const statsOf = (row: Pick<SpeakerRow, "stats">): Speaker["stats"] =>
  row.stats === null ? undefined : (JSON.parse(row.stats) as Speaker["stats"]);

export function clipRow(clip: Clip) {
  const { embedding, fingerprint, ...rest } = clip;
  const body: ClipBody = { ...rest, fingerprint: fingerprint && Buffer.from(fingerprint).toString("base64") };
  return {
    registry_id: clip.registryId,
    uid: clip.uid,
    clip_id: clip.clipId,
    embedding: encodeInt32(embedding),
    body: JSON.stringify(body),
  };
}

export function clipOf(row: ClipRow): Clip {
  const { fingerprint, ...body } = JSON.parse(row.body) as ClipBody;
  return {
    ...body,
    ...(fingerprint ? { fingerprint: new Uint8Array(Buffer.from(fingerprint, "base64")) } : {}),
    quality: {
      ...body.quality,
      levelDb: body.quality.levelDb ?? undefined,
      snrDb: body.quality.snrDb ?? undefined,
    },
    mediaType: body.mediaType ?? undefined,
    channel: body.channel ?? undefined,
    audioVersion: body.audioVersion ?? undefined,
    enrolledBy: body.enrolledBy ?? undefined,
    embedding: decodeInt32(row.embedding),
  };
}
