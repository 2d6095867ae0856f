/*
 * The types of all IDs. The caller supplies random or hashed bytes, so that this file stays pure.
 */
export type RegistryId = `reg_${string}`;
export type SpeakerUid = `spk_${string}`;
export type ClipId = `clp_${string}`;
export type DecisionId = `dec_${string}`;
export type KeyId = `key_${string}`;
/**
 * `mdl_` and 64 hexadecimal digits: the SHA-256 of the ONNX file. For a model that was added, it
 * also covers the front end.
 */
export type ModelId = `mdl_${string}`;
export type CohortId = `coh_${string}`;
export type CalibrationId = `cal_${string}`;
export type UploadId = `upl_${string}`;
export type JobId = `job_${string}`;
export type WebhookId = `whk_${string}`;
export type CandidateId = `cnd_${string}`;
export type ConsentId = `con_${string}`;
export type EventId = `evt_${string}`;

export const isJobId = (text: string): text is JobId => /^job_[0-9a-z]{1,64}$/.test(text);

export const isCandidateId = (text: string): text is CandidateId => /^cnd_[0-9a-z]{1,64}$/.test(text);

export const isConsentId = (text: string): text is ConsentId => /^con_[0-9a-z]{1,64}$/.test(text);

export const isKeyId = (text: string): text is KeyId => /^key_[0-9a-z]{1,64}$/.test(text);

export const isWebhookId = (text: string): text is WebhookId => /^whk_[0-9a-z]{1,64}$/.test(text);

declare const speakerBrand: unique symbol;
/** The client's own ID of a speaker. Only `parseSpeakerId` makes one. */
export type SpeakerId = string & { readonly [speakerBrand]: true };

const SPEAKER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Returns undefined unless the text matches `^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`. */
export function parseSpeakerId(text: string): SpeakerId | undefined {
  return SPEAKER_ID.test(text) ? (text as SpeakerId) : undefined;
}

declare const groupBrand: unique symbol;
/** The client's own ID of a group. Only `parseGroupId` makes one. */
export type GroupId = string & { readonly [groupBrand]: true };

/** Accepts the same texts as `parseSpeakerId`. */
export function parseGroupId(text: string): GroupId | undefined {
  return SPEAKER_ID.test(text) ? (text as GroupId) : undefined;
}

// Crockford's base 32 in lower case. It has no i, l, o or u, so that an ID can be read aloud.
export const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Encodes bytes in base 32: 5 bits per character, most significant first. Zero bits pad the last
 * character. 16 bytes give 26 characters.
 */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(buffer >>> (bits - 5)) & 31];
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(buffer << (5 - bits)) & 31] : text;
}

/** Characters of a time: 50 bits of milliseconds, enough until the year 37648. */
const TIME_LENGTH = 10;
const TIMED_ID = /^[a-z]+_[0-9a-hjkmnp-tv-z]{26}$/;

/** A time in milliseconds as 10 characters, which sort as the times do. Times before 1970 are 0. */
export function timeText(milliseconds: number): string {
  let left = Math.max(0, Math.floor(milliseconds));
  let text = "";
  for (let i = 0; i < TIME_LENGTH; i++, left = Math.floor(left / 32)) text = BASE32[left % 32] + text;
  return text;
}

/**
 * An ID that begins with its time, so that IDs sort by time: a ULID (github.com/ulid/spec) in lower
 * case.
 *
 * at     milliseconds
 * bytes  10, random
 */
export const makeTimedId = <P extends string>(prefix: P, at: number, bytes: Uint8Array): `${P}_${string}` =>
  `${prefix}_${timeText(at)}${base32(bytes)}`;

/**
 * The milliseconds with which an ID begins. An ID that was made otherwise gives any time, or
 * undefined if it isn't as long.
 */
export function timeOfId(id: string): number | undefined {
  if (!TIMED_ID.test(id)) return undefined;
  const start = id.indexOf("_") + 1;
  const digits = [...id.slice(start, start + TIME_LENGTH)];
  return digits.reduce((time, digit) => time * 32 + BASE32.indexOf(digit), 0);
}

export const makeId = <P extends string>(prefix: P, bytes: Uint8Array): `${P}_${string}` =>
  `${prefix}_${base32(bytes)}`;
