import type { Bandwidth } from "../../audio/types.ts";
import type { RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Clip } from "../../ports/speaker.ts";
import { packIntegers, unpackIntegers } from "../../score/scoring/pack.ts";
import { attributes, bytesOf, type Item, numberOf, required, textOf } from "./attributes.ts";
import { modelOf, readHex, readTime } from "./items-speaker.ts";
import { clipKey } from "./keys.ts";
import { byteReader, byteWriter, shortHex, shortSeconds, shortTime } from "./packing.ts";

const BANDWIDTHS: readonly Bandwidth[] = ["wide", "telephone"];

/**
 * The item of a clip. With a 192-dimensional model it is under 1 KB without the fingerprint, which
 * has 50 bytes per second and at most 1,001, so a write takes 1 or 2 units.
 *
 * i speaker, h sha256 of the audio, e embedding, m model, r generation of the
 * template key, q quality, w warnings, y media type,
 * j channel, o version of the audio, b request that enrolled it, t time of creation, g fingerprint
 */
export function clipItem(clip: Clip): Item {
  const { registryId, uid, clipId, quality, warnings } = clip;
  return attributes({
    ...clipKey(registryId, uid, clipId),
    i: clip.speakerId,
    h: shortHex(clip.audioSha256),
    e: packIntegers(clip.embedding),
    r: clip.templateGeneration,
    m: shortHex(clip.modelId.slice(4)),
    q: packQuality(quality),
    w: warnings.length > 0 ? JSON.stringify(warnings) : undefined,
    y: clip.mediaType,
    j: clip.channel,
    o: clip.audioVersion,
    b: clip.enrolledBy === undefined ? undefined : shortHex(clip.enrolledBy),
    t: shortTime(clip.createdAt),
    g: clip.fingerprint,
  });
}

export function clipOf(registryId: RegistryId, uid: SpeakerUid, item: Item): Clip {
  const warnings = textOf(item, "w");
  const [fingerprint, generation] = [bytesOf(item, "g"), numberOf(item, "r")];
  return {
    registryId,
    speakerId: required(item, "i", textOf) as SpeakerId,
    uid,
    clipId: `clp_${required(item, "SK", textOf).slice(2)}`,
    audioSha256: required(item, "h", readHex),
    embedding: Int32Array.from(unpackIntegers(required(item, "e", bytesOf))),
    modelId: modelOf(item),
    quality: unpackQuality(required(item, "q", bytesOf)),
    warnings: warnings === undefined ? [] : (JSON.parse(warnings) as string[]),
    mediaType: textOf(item, "y"),
    channel: numberOf(item, "j"),
    audioVersion: textOf(item, "o"),
    enrolledBy: readHex(item, "b"),
    createdAt: required(item, "t", readTime),
    ...(fingerprint ? { fingerprint } : {}),
    ...(generation === undefined ? {} : { templateGeneration: generation }),
  };
}

/** Form of the net speech: whole milliseconds. Items of older versions never have it. */
const SHORT_SECONDS = 8;

/**
 * The bandwidth and a form, then the numbers. Unknown values at the end are left out. An unknown
 * SNR before a known level is NaN. The level is in steps of 0.01 dB above -400.
 */
function packQuality(quality: Clip["quality"]) {
  const { totalSeconds, speechSeconds, levelDb, snrDb, clippedFraction, bandwidth } = quality;
  const writer = byteWriter();
  const short = shortSeconds(speechSeconds);
  writer.byte(BANDWIDTHS.indexOf(bandwidth) + (short === undefined ? 0 : SHORT_SECONDS));
  writer.float(totalSeconds);
  if (short === undefined) writer.float(speechSeconds);
  else writer.small(short);
  writer.float(clippedFraction);
  if (snrDb !== undefined || levelDb !== undefined) writer.float(snrDb ?? Number.NaN);
  if (levelDb !== undefined) writer.small(Math.round(levelDb * 100) + 40_000);
  return writer.done();
}

function unpackQuality(bytes: Uint8Array): Clip["quality"] {
  const reader = byteReader(bytes);
  const form = reader.byte();
  const bandwidth = BANDWIDTHS[form & 3];
  if (bandwidth === undefined) throw new RangeError("the stored quality has an unknown bandwidth");
  const totalSeconds = reader.float();
  const speechSeconds = form & SHORT_SECONDS ? reader.small() / 1000 : reader.float();
  const clippedFraction = reader.float();
  const snrDb = reader.ended ? Number.NaN : reader.float();
  return {
    totalSeconds,
    speechSeconds,
    levelDb: reader.ended ? undefined : (reader.small() - 40_000) / 100,
    snrDb: Number.isNaN(snrDb) ? undefined : snrDb,
    clippedFraction,
    bandwidth,
  };
}
