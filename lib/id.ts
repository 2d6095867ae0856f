/** Ids are made from random or hashed bytes that the caller supplies, so that this file stays pure. */
export type RegistryId = `reg_${string}`;
export type SpeakerUid = `spk_${string}`;
export type ClipId = `clp_${string}`;
export type DecisionId = `dec_${string}`;
export type KeyId = `key_${string}`;
/** sha256 of the ONNX file, 64 hexadecimal digits; of a model that was added, of the file and its front end. */
export type ModelId = `mdl_${string}`;
export type CohortId = `coh_${string}`;
export type CalibrationId = `cal_${string}`;
export type UploadId = `upl_${string}`;
export type JobId = `job_${string}`;

export const isJobId = (text: string): text is JobId => /^job_[0-9a-z]{1,64}$/.test(text);

declare const speakerBrand: unique symbol;
/** The client's own name for a speaker; only `parseSpeakerId` makes one. */
export type SpeakerId = string & { readonly [speakerBrand]: true };

const SPEAKER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Undefined for anything outside `^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`. */
export function parseSpeakerId(text: string): SpeakerId | undefined {
  return SPEAKER_ID.test(text) ? (text as SpeakerId) : undefined;
}

declare const groupBrand: unique symbol;
/** The client's own name for a group of speakers; only `parseGroupId` makes one. */
export type GroupId = string & { readonly [groupBrand]: true };

/** As for speakers. */
export function parseGroupId(text: string): GroupId | undefined {
  return SPEAKER_ID.test(text) ? (text as GroupId) : undefined;
}

// Crockford's base 32 in lower case: no i, l, o, u, so that an id survives being read aloud.
export const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * bytes -> base-32 text, 5 bits a character, most significant first; the last character is padded with zero bits.
 * 16 bytes give 26 characters.
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

export const makeId = <P extends string>(prefix: P, bytes: Uint8Array): `${P}_${string}` =>
  `${prefix}_${base32(bytes)}`;
