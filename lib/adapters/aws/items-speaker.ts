import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { packIntegers, unpackIntegers } from "../../score/scoring/pack.ts";
import type { SpeakerStats } from "../../score/scoring/types.ts";
import { attributes, bytesOf, type Item, numberOf, required, textOf } from "./attributes.ts";
import { directoryPartition, speakerKey } from "./keys.ts";
import { packClips, unpackClips } from "./listed-clips.ts";
import { byteReader, byteWriter, shortHex, shortTime, timeOf, unpackHex } from "./packing.ts";

/** A speaker's places in the directory and in the change log: log sequence numbers. */
export type Places = { created: string; changed: string };

/**
 * The item of a speaker. With 50 clips of a 192-dimensional model, and without a name and metadata,
 * it has about 3.8 KB, so a read takes 1 unit.
 *
 * i ID, u uid, n version, l its entry in the change log, m model, v sum, c clips, z statistics, o
 * opted out, r generation of the template key, a name, d metadata, k consent, y consents, t time of
 * creation, p time of the last change, b time of the last enrollment, e time of the expiry
 */
export function speakerItem(speaker: Speaker, { created, changed }: Places): Item {
  const { registryId, speakerId, uid, version, modelId, sum, clips, stats } = speaker;
  return attributes({
    ...speakerKey(registryId, speakerId),
    GSI1PK: directoryPartition(registryId),
    GSI1SK: created,
    i: speakerId,
    u: uid.slice(4),
    n: version,
    l: changed,
    m: shortHex(modelId.slice(4)),
    v: packIntegers(sum),
    r: speaker.templateGeneration,
    c: clips.length > 0 ? packClips(clips) : undefined,
    z: stats && packStats(stats),
    o: speaker.optedOut || undefined,
    a: speaker.name,
    d: Object.keys(speaker.metadata).length > 0 ? JSON.stringify(speaker.metadata) : undefined,
    k: speaker.consent,
    y: speaker.consents && JSON.stringify(speaker.consents),
    t: shortTime(speaker.createdAt),
    p: shortTime(speaker.updatedAt),
    b: speaker.enrolledAt && shortTime(speaker.enrolledAt),
    e: speaker.expiresAt && shortTime(speaker.expiresAt),
  });
}

export function speakerOf(registryId: RegistryId, item: Item): Speaker {
  const [enrolledAt, expiresAt] = [readTime(item, "b"), readTime(item, "e")];
  const [clips, stats, metadata] = [bytesOf(item, "c"), bytesOf(item, "z"), textOf(item, "d")];
  const [consents, generation] = [textOf(item, "y"), numberOf(item, "r")];
  return {
    registryId,
    speakerId: required(item, "i", textOf) as SpeakerId,
    uid: uidOf(item),
    optedOut: item.o?.BOOL === true,
    name: textOf(item, "a"),
    metadata: metadata === undefined ? {} : (JSON.parse(metadata) as Record<string, string>),
    consent: textOf(item, "k"),
    ...(consents === undefined ? {} : { consents: JSON.parse(consents) as Speaker["consents"] }),
    modelId: modelOf(item),
    sum: unpackIntegers(required(item, "v", bytesOf)),
    ...(generation === undefined ? {} : { templateGeneration: generation }),
    clips: clips ? unpackClips(clips) : [],
    stats: stats && unpackStats(stats),
    version: required(item, "n", numberOf),
    createdAt: required(item, "t", readTime),
    updatedAt: required(item, "p", readTime),
    ...(enrolledAt === undefined ? {} : { enrolledAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

export const uidOf = (item: Item): SpeakerUid => `spk_${required(item, "u", textOf)}`;

export const placesOf = (item: Item): Places => ({
  created: required(item, "GSI1SK", textOf),
  changed: required(item, "l", textOf),
});

export const modelOf = (item: Item): ModelId => `mdl_${required(item, "m", readHex)}`;

export const readHex = (item: Item, name: string): string | undefined => {
  const bytes = bytesOf(item, name);
  return bytes ? unpackHex(bytes) : textOf(item, name);
};

export const readTime = (item: Item, name: string): string | undefined => {
  const value = numberOf(item, name) ?? textOf(item, name);
  return value === undefined ? undefined : timeOf(value);
};

const NO_ERASED = -1;

/** Four floats, the cohort's number of erasures (-1: not stored), the cohort's ID. */
export function packStats({ cohortId, erased, voice: { all, top } }: SpeakerStats): Uint8Array {
  const writer = byteWriter();
  for (const value of [all.mean, all.std, top.mean, top.std, erased ?? NO_ERASED]) writer.float(value);
  writer.text(cohortId);
  return writer.done();
}

export function unpackStats(bytes: Uint8Array): SpeakerStats {
  const reader = byteReader(bytes);
  const all = { mean: reader.float(), std: reader.float() };
  const top = { mean: reader.float(), std: reader.float() };
  const erased = reader.float();
  const cohortId = reader.text() as SpeakerStats["cohortId"];
  return { cohortId, ...(erased === NO_ERASED ? {} : { erased }), voice: { all, top } };
}
