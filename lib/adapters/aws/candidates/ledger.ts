import type { SpeakerUid } from "../../../id.ts";
import type { GalleryPlace } from "../../../ports/gallery.ts";
import { attributes, type Item, numberOf, required, textOf } from "../attributes.ts";
import { indexCountKey, indexStateKey } from "../keys.ts";
import { TOMBSTONE_DAYS } from "../requests-speakers.ts";
import { together } from "../runs.ts";
import type { Table } from "../table.ts";

/** How many items to write at a time. */
export const WRITERS = 32;

/** furthest: the last entry of the change log whose voice was in the index at this time */
export type Mark = { at: number; furthest: string };

/**
 * What a candidate index has of a registry and model.
 *
 * version: of this state. furthest: the last entry of the change log that is counted. voices: how
 * many voices are counted. marks: oldest first
 */
export type IndexState = {
  version: number;
  furthest: string | undefined;
  voices: number;
  marks: readonly Mark[];
};
export const NOT_INDEXED: IndexState = { version: 0, furthest: undefined, voices: 0, marks: [] };

/** Whether a speaker is counted. */
export type Standing = { counted: boolean; stored: boolean };
export type Ledger = ReturnType<typeof indexLedger>;

/**
 * Counts the voices of a candidate index exactly: a state for each registry and model, and an item
 * for each speaker that tells whether it is counted.
 *
 * The indexer writes the items of a batch before the state that counts them, and each item names
 * the version of that state and what held before. So an indexer that stops in between counts nobody
 * twice, and a reader that knows the state's version knows which speakers it counts.
 */
export function indexLedger(table: Table) {
  return {
    /** Strongly consistent. */
    async read(place: GalleryPlace): Promise<IndexState | undefined> {
      const item = await table.get(indexStateKey(place));
      return item && stateOf(item);
    },
    /** Resolves to false, and changes nothing, if another indexer was first. */
    async advance(place: GalleryPlace, state: IndexState): Promise<boolean> {
      const { version, furthest, voices, marks } = state;
      const item = { n: version, f: furthest, v: voices, m: JSON.stringify(marks) };
      const before =
        version === 1
          ? { ConditionExpression: "attribute_not_exists(PK)" }
          : {
              ConditionExpression: "n = :before",
              ExpressionAttributeValues: attributes({ ":before": version - 1 }),
            };
      return (await table.put({ Item: attributes({ ...indexStateKey(place), ...item }), ...before })).done;
    },
    /**
     * Whether the state of this version counts each of these speakers. Strongly consistent.
     *
     * stored: what the newest item says, which no state may name yet
     */
    async standings(
      place: GalleryPlace,
      uids: readonly SpeakerUid[],
      version: number,
    ): Promise<(uid: SpeakerUid) => Standing> {
      const items = await table.getMany(uids.map((uid) => indexCountKey(place, uid)));
      const byUid = new Map(items.map((item) => [required(item, "u", textOf), item]));
      return (uid) => {
        const item = byUid.get(uid.slice(4));
        if (!item) return { counted: false, stored: false };
        const name = required(item, "b", numberOf) <= version ? "n" : "w";
        return { counted: numberOf(item, name) === 1, stored: numberOf(item, "n") === 1 };
      };
    },
    /**
     * Stores which speakers are counted from the state of this version on, and which were before.
     */
    async count(
      place: GalleryPlace,
      changed: readonly { uid: SpeakerUid; counts: boolean; counted: boolean }[],
      version: number,
      now: Date,
    ): Promise<void> {
      const ttl = Math.floor(now.getTime() / 1000) + TOMBSTONE_DAYS * 86_400;
      await together(changed, WRITERS, ({ uid, counts, counted }) => {
        const flags = { n: Number(counts), w: Number(counted), b: version };
        const item = { ...indexCountKey(place, uid), ...flags, u: uid.slice(4) };
        return table.put({ Item: attributes({ ...item, ttl: counts ? undefined : ttl }) });
      });
    },
  };
}

const stateOf = (item: Item): IndexState => ({
  version: required(item, "n", numberOf),
  furthest: textOf(item, "f"),
  voices: required(item, "v", numberOf),
  marks: JSON.parse(required(item, "m", textOf)) as Mark[],
});

/** The newest mark whose voices `nearest` finds. Undefined if there is none */
export const visibleMark = (
  { marks }: Pick<IndexState, "marks">,
  now: number,
  visibleAfterMs: number,
): Mark | undefined => marks.findLast(({ at }) => at <= now - visibleAfterMs);
