import type { RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { lsnFrom, lsnTime } from "../shared/lsn.ts";
import { attributes, type Item, required, textOf } from "./attributes.ts";
import { speakerOf, uidOf } from "./items-speaker.ts";
import { CHANGE_PREFIX, changesPartition, speakerKey } from "./keys.ts";
import type { Table } from "./table.ts";

/**
 * How much later a commit may be written than its log sequence number was drawn: its deadline plus
 * the skew of clocks.
 */
const WINDOW_MS = 60_000;
/** Entries to read speakers for at a time. */
const BATCH = 500;

/**
 * A position in the change log: the furthest entry that was read, and the entries near it that were
 * read too. Positions use the times in the entries, never the reader's clock.
 */
export type Position = { furthest: string | undefined; near: ReadonlySet<string> };
/**
 * The position after this entry, when it isn't known which entries near it were read. Undefined:
 * the start of the log.
 */
export const positionAt = (furthest: string | undefined): Position => ({ furthest, near: new Set() });
export const BEGINNING = positionAt(undefined);

/** One entry of the log. Without a speakerId the speaker was erased. */
type Entry = { lsn: string; uid: SpeakerUid; speakerId: SpeakerId | undefined };
/** lsn: of the entry. speaker: its current state. Undefined if it was erased. */
export type Change = { lsn: string; uid: SpeakerUid; speaker: Speaker | undefined };

/**
 * Yields the entries after a position, in an order close to that of the commits, each time with the
 * position after the entries so far. Strongly consistent: includes every commit that resolved
 * before the call. Applying an entry twice does no harm.
 */
async function* entriesAfter(
  table: Table,
  registryId: RegistryId,
  position: Position,
): AsyncGenerator<{ entries: Entry[]; position: Position }> {
  let { furthest, near } = position;
  for await (const page of table.pages(tailQuery(registryId, furthest))) {
    const found = page.map(entryOf);
    const entries = found.filter(({ lsn }) => !near.has(lsn));
    furthest =
      [furthest ?? "", ...found.map(({ lsn }) => lsn)].reduce((a, b) => (b > a ? b : a)) || undefined;
    const from = windowStart(furthest);
    near = new Set([...near, ...found.map(({ lsn }) => lsn)].filter((lsn) => lsn >= from));
    if (entries.length > 0) yield { entries, position: { furthest, near } };
  }
}

/** Like `entriesAfter`, with the speakers read. Strongly consistent. */
export async function* changesAfter(
  table: Table,
  registryId: RegistryId,
  position: Position,
): AsyncGenerator<{ changes: Change[]; position: Position }> {
  for await (const { entries, position: reached } of entriesAfter(table, registryId, position))
    for (let at = 0; at < entries.length; at += BATCH) {
      const part = entries.slice(at, at + BATCH);
      const changes = await speakersOf(table, registryId, part);
      yield { changes, position: at + BATCH < entries.length ? position : reached };
    }
}

async function speakersOf(
  table: Table,
  registryId: RegistryId,
  entries: readonly Entry[],
): Promise<Change[]> {
  const keys = entries.flatMap(({ speakerId }) => (speakerId ? [speakerKey(registryId, speakerId)] : []));
  const items = new Map((await table.getMany(keys)).map((item) => [uidOf(item), item]));
  return entries.map(({ lsn, uid }) => {
    const item = items.get(uid);
    return { lsn, uid, speaker: item && speakerOf(registryId, item) };
  });
}

/** Before this, no commit can still be written when the log was read up to `furthest`. */
export const windowStart = (furthest: string | undefined): string =>
  furthest === undefined ? "" : lsnFrom(lsnTime(furthest) - WINDOW_MS);

const tailQuery = (registryId: RegistryId, furthest: string | undefined) => ({
  KeyConditionExpression: "PK = :partition AND SK > :after",
  ExpressionAttributeValues: attributes({
    ":partition": changesPartition(registryId),
    ":after": `${CHANGE_PREFIX}${windowStart(furthest)}`,
  }),
});

const entryOf = (item: Item): Entry => ({
  lsn: required(item, "SK", textOf).slice(CHANGE_PREFIX.length),
  uid: uidOf(item),
  speakerId: textOf(item, "i") as SpeakerId | undefined,
});
