import { parseSpeakerId, type RegistryId } from "../../id.ts";
import type { Erasure } from "../../ports/erasure.ts";
import type { Secrets } from "../../ports/services.ts";
import { hashesOfId } from "./id-hash.ts";

/**
 * How long after an erasure a request that started before it may still write the erased ID. Longer
 * than any request runs.
 */
export const SETTLED_MS = 60_000;

/** Fields whose text is a speaker's ID, or a list of them. */
const ID_FIELDS = new Set(["id", "members", "speaker", "speakerId", "speakers", "suspects"]);
/** Fields with a sentence that may name a speaker. */
const SENTENCE_FIELDS = new Set(["detail"]);
const WORD = /[A-Za-z0-9][A-Za-z0-9_.-]*/g;

/**
 * Returns a copy of a JSON value from this time (epoch milliseconds), in which the generated uid
 * replaces the ID of each erased speaker, and name and metadata are empty. Undefined if the value
 * names no erased speaker.
 */
export type Redact = <Value>(value: Value, time: number) => Value | undefined;

/** now: a record from a later time was written before a clock was set back */
export function redactor(
  secrets: Secrets,
  registryId: RegistryId,
  erasures: readonly Erasure[],
  now: Date,
): Redact {
  const byHash = new Map(erasures.map((erasure) => [erasure.idHash, erasure]));
  const uids = new Set<unknown>(erasures.map(({ uid }) => uid));

  /** A speaker that was enrolled under the same ID after the erasure keeps its records. */
  function withoutId(text: string, time: number): string {
    if (!parseSpeakerId(text)) return text;
    const [erasure] = hashesOfId(secrets, registryId, text).flatMap((hash) => byHash.get(hash) ?? []);
    const isBefore = erasure && (time <= Date.parse(erasure.at) + SETTLED_MS || time > now.getTime());
    return isBefore ? erasure.uid : text;
  }

  /** A full stop or a dash at the end of a word may belong to the sentence or to the ID. */
  function withoutIds(sentence: string, time: number): string {
    return sentence.replace(WORD, (word) => {
      const whole = withoutId(word, time);
      if (whole !== word) return whole;
      const bare = word.replace(/[.-]+$/, "");
      return withoutId(bare, time) + word.slice(bare.length);
    });
  }

  function walk(value: unknown, field: string, time: number): unknown {
    if (typeof value === "string" && ID_FIELDS.has(field)) return withoutId(value, time);
    if (typeof value === "string" && SENTENCE_FIELDS.has(field)) return withoutIds(value, time);
    if (ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((item) => walk(item, field, time));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([name, item]) => [name, walk(item, name, time)] as const);
    const copy: Record<string, unknown> = Object.fromEntries(entries);
    return uids.has(copy.uid) && "metadata" in copy ? { ...copy, name: null, metadata: {} } : copy;
  }

  return <Value>(value: Value, time: number) => {
    const copy = walk(value, "", time) as Value;
    return JSON.stringify(copy) === JSON.stringify(value) ? undefined : copy;
  };
}
