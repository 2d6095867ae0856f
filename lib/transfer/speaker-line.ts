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

/** A speaker and its clips as their line tells; undefined where a listed clip's item is not in the store. */
export async function unboundedLlr(
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
  // Through the schema: what is written can be read, with its fields in one order.
  return SpeakerLine.parse({
    kind: "speaker",
    id: speaker.speakerId,
    uid: speaker.uid,
    name: speaker.name ?? null,
    metadata: speaker.metadata,
    consent: speaker.consent ?? null,
    optedOut: speaker.optedOut,
    model: speaker.modelId,
    createdAt: speaker.createdAt,
    updatedAt: speaker.updatedAt,
    sum: toBase64(encodeFloat64(speaker.sum)),
    clips,
  } satisfies SpeakerLine);
}

const clipPart = (item: Clip, listed: ListedClip): ClipPart => ({
  audioSha256: item.audioSha256,
  embedding: toBase64(encodeInt32(item.embedding)),
  quality: { ...item.quality, snrDb: item.quality.snrDb ?? null },
  listedBandwidth: listed.bandwidth ?? null,
  warnings: [...item.warnings],
  mediaType: item.mediaType ?? null,
  channel: item.channel ?? null,
  createdAt: item.createdAt,
});

/**
 * What a line makes of a speaker at its first version, without statistics, and its clips.
 *
 * uid   whose clips they are to be; the line's own, but where another speaker is replaced
 * line  checked (check-speaker.ts)
 */
export function speakerOfLine(
  registryId: Speaker["registryId"],
  line: SpeakerLine,
  uid: SpeakerUid = line.uid as SpeakerUid,
): { speaker: Speaker; items: readonly Clip[] } {
  const speakerId = parseSpeakerId(line.id);
  if (!speakerId) throw new RangeError(`${line.id} was checked`);
  const modelId = line.model as Speaker["modelId"];
  const items = line.clips.map((clip) => itemOf({ registryId, speakerId, uid, modelId }, clip));
  const speaker = {
    registryId,
    speakerId,
    uid,
    optedOut: line.optedOut,
    name: line.name ?? undefined,
    metadata: line.metadata,
    consent: line.consent ?? undefined,
    modelId,
    sum: sumOfLine(line),
    clips: items.map((item, i) => listedOf(item, line.clips[i])),
    stats: undefined,
    version: 1,
    createdAt: line.createdAt,
    updatedAt: line.updatedAt,
  };
  return { speaker, items };
}

/** The clips' embeddings, summed anew; without clips as many zeros as the line's sum has. */
export function sumOfLine({ clips, sum }: Pick<SpeakerLine, "clips" | "sum">): Float64Array {
  const zero = emptySum(decoded(sum).length / 8);
  return clips.reduce((all, clip) => addFixed(all, decodeInt32(decoded(clip.embedding)), 1), zero);
}

const decoded = (text: string): Buffer => fromBase64(text) ?? Buffer.alloc(0);

function itemOf(place: Pick<Clip, "modelId" | "registryId" | "speakerId" | "uid">, clip: ClipPart): Clip {
  const { audioSha256, quality, warnings, mediaType, channel, createdAt } = clip;
  return {
    ...place,
    clipId: clipIdOf(place.uid, audioSha256),
    audioSha256,
    embedding: decodeInt32(decoded(clip.embedding)),
    quality: { ...quality, snrDb: quality.snrDb ?? undefined },
    warnings,
    mediaType: mediaType ?? undefined,
    channel: channel ?? undefined,
    // Of the store that it came from: it says nothing here.
    audioVersion: undefined,
    createdAt,
  };
}

function listedOf({ clipId, audioSha256, quality }: Clip, { listedBandwidth }: ClipPart): ListedClip {
  const { speechSeconds } = quality;
  return { clipId, audioSha256, speechSeconds, ...(listedBandwidth ? { bandwidth: listedBandwidth } : {}) };
}
