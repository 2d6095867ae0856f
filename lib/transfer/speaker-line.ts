import { clipIdOf } from "../domain/speaker/stored-clip.ts";
import { emptySum } from "../domain/speaker/voiceprint.ts";
import { parseSpeakerId, type SpeakerUid } from "../id.ts";
import type { Services } from "../ports/services.ts";
import type { Clip, ListedClip, Speaker } from "../ports/speaker.ts";
import { decodeInt32, encodeFloat64, encodeInt32 } from "../score/scoring/codec.ts";
import { addFixed } from "../score/scoring/fixed-point.ts";
import { fromBase64, toBase64 } from "./bytes.ts";
import { SpeakerLine } from "./format.ts";

type ClipPart = SpeakerLine["clips"][number];

/** The export line of a speaker; undefined if one of the listed clips is not stored. */
export async function speakerLine(
  { speakers }: Pick<Services, "speakers">,
  speaker: Speaker,
): Promise<SpeakerLine | undefined> {
  const stored = await speakers.clips(speaker.registryId, speaker.uid);
  const items = new Map(stored.map((item) => [item.clipId, item]));
  const clips: ClipPart[] = [];
  for (const listed of speaker.clips) {
    const item = items.get(listed.clipId);
    if (!item) return undefined;
    clips.push(clipPart(item, listed));
  }
  // Parsing guarantees that a reader accepts the line, and puts the fields in one order.
  return SpeakerLine.parse({
    kind: "speaker",
    id: speaker.speakerId,
    uid: speaker.uid,
    name: speaker.name ?? null,
    metadata: speaker.metadata,
    consent: speaker.consent ?? null,
    ...(speaker.consents ? { consents: speaker.consents } : {}),
    optedOut: speaker.optedOut,
    model: speaker.modelId,
    createdAt: speaker.createdAt,
    updatedAt: speaker.updatedAt,
    ...datesOf(speaker),
    sum: toBase64(encodeFloat64(speaker.sum)),
    clips,
  } satisfies SpeakerLine);
}

const datesOf = ({ enrolledAt, expiresAt }: Pick<SpeakerLine, "enrolledAt" | "expiresAt">) => ({
  ...(enrolledAt ? { enrolledAt } : {}),
  ...(expiresAt ? { expiresAt } : {}),
});

const clipPart = (item: Clip, listed: ListedClip): ClipPart => ({
  audioSha256: item.audioSha256,
  embedding: toBase64(encodeInt32(item.embedding)),
  quality: { ...item.quality, levelDb: item.quality.levelDb ?? null, snrDb: item.quality.snrDb ?? null },
  listedBandwidth: listed.bandwidth ?? null,
  warnings: [...item.warnings],
  mediaType: item.mediaType ?? null,
  channel: item.channel ?? null,
  createdAt: item.createdAt,
  ...(item.fingerprint ? { fingerprint: toBase64(item.fingerprint) } : {}),
});

/**
 * The speaker that a line describes, at version 1 and without statistics, and its stored clips.
 *
 * line  already checked by speakerFault
 * uid   the line's own, unless an existing speaker is replaced
 */
export function speakerOfLine(
  registryId: Speaker["registryId"],
  line: SpeakerLine,
  uid: SpeakerUid = line.uid as SpeakerUid,
): { speaker: Speaker; items: readonly Clip[] } {
  const speakerId = parseSpeakerId(line.id);
  if (!speakerId) throw new RangeError(`invalid speaker id ${line.id}`);
  const modelId = line.model as Speaker["modelId"];
  const place = { registryId, speakerId, uid, modelId };
  const clips = line.clips.map((clip) => {
    const item = storedClip(place, clip);
    return { item, listed: listedClip(item, clip) };
  });
  const speaker = {
    registryId,
    speakerId,
    uid,
    optedOut: line.optedOut,
    name: line.name ?? undefined,
    metadata: line.metadata,
    consent: line.consent ?? undefined,
    ...(line.consents ? { consents: line.consents as Speaker["consents"] } : {}),
    modelId,
    sum: sumOfLine(line),
    clips: clips.map(({ listed }) => listed),
    stats: undefined,
    version: 1,
    createdAt: line.createdAt,
    updatedAt: line.updatedAt,
    ...datesOf(line),
  };
  return { speaker, items: clips.map(({ item }) => item) };
}

/** Recomputes the sum of the clips' embeddings; zeros of the stated width if there are no clips. */
export function sumOfLine({ clips, sum }: Pick<SpeakerLine, "clips" | "sum">): Float64Array {
  const zero = emptySum(decoded(sum).length / 8);
  return clips.reduce((all, clip) => addFixed(all, decodeInt32(decoded(clip.embedding)), 1), zero);
}

const decoded = (text: string): Buffer => fromBase64(text) ?? Buffer.alloc(0);

function storedClip(place: Pick<Clip, "modelId" | "registryId" | "speakerId" | "uid">, clip: ClipPart): Clip {
  const { audioSha256, quality, warnings, mediaType, channel, createdAt, fingerprint } = clip;
  return {
    ...place,
    clipId: clipIdOf(place.uid, audioSha256),
    audioSha256,
    embedding: decodeInt32(decoded(clip.embedding)),
    quality: { ...quality, levelDb: quality.levelDb ?? undefined, snrDb: quality.snrDb ?? undefined },
    warnings,
    mediaType: mediaType ?? undefined,
    channel: channel ?? undefined,
    // Versions belong to the exporting store and mean nothing here.
    audioVersion: undefined,
    enrolledBy: undefined,
    createdAt,
    ...(fingerprint ? { fingerprint: new Uint8Array(decoded(fingerprint)) } : {}),
  };
}

function listedClip({ clipId, audioSha256, quality }: Clip, { listedBandwidth }: ClipPart): ListedClip {
  const { speechSeconds } = quality;
  return { clipId, audioSha256, speechSeconds, ...(listedBandwidth ? { bandwidth: listedBandwidth } : {}) };
}
