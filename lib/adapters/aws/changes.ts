import type { RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { lsnFrom, lsnTime } from "../shared/lsn.ts";
import { attributes, type Item, required, textOf } from "./attributes.ts";
import { speakerOf, uidOf } from "./items-speaker.ts";
import { CHANGE_PREFIX, changesPartition, speakerKey } from "./keys.ts";
import type { Table } from "./table.ts";

/** A commit may stand in the log behind one that was drawn later: by its deadline, and by what clocks are apart. */
const WINDOW_MS = 60_000;
/** Entries followed at a time. */
const AT_ONCE = 500;

/**
 * How far the change log was followed: the furthest entry, and those near it that were, too. It goes by the entries' own
 * times, never by the reader's clock.
 */
export type Position = { furthest: string | undefined; near: ReadonlySet<string> };
/** Behind an entry, of which alone it is known that it was followed; without one, before the first. */
export const positionAt = (furthest: string | undefined): Position => ({ furthest, near: new Set() });
export const BEGINNING = positionAt(undefined);

/** What one entry of the log says. Without an id the speaker was erased. */
export type Entry = { lsn: string; uid: SpeakerUid; speakerId: SpeakerId | undefined };
/** The speaker as it stands now; undefined where it was erased. */
export type Change = { uid: SpeakerUid; speaker: Speaker | undefined };

/**
 * The entries behind a position, strongly consistent, in some order that is near to that of the commits; each with the position
 * after the entries so far. Every commit that resolved before the call is among them; following one twice harms nothing.
 */
export async function* entriesAfter(
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
    const from = furthest === undefined ? "" : windowStart(furthest);
    near = new Set([...near, ...found.map(({ lsn }) => lsn)].filter((lsn) => lsn >= from));
    if (entries.length > 0) yield { entries, position: { furthest, near } };
  }
}

/** The same with the speakers read, strongly consistent. */
export async function* changesAfter(
  table: Table,
  registryId: RegistryId,
  position: Position,
): AsyncGenerator<{ changes: Change[]; position: Position }> {
  for await (const { entries, position: reached } of entriesAfter(table, registryId, position))
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const part = entries.slice(at, at + AT_ONCE);
      const changes = await existing(table, registryId, part);
      yield { changes, position: at + AT_ONCE < entries.length ? position : reached };
    }
}

async function existing(table: Table, registryId: RegistryId, entries: readonly Entry[]): Promise<Change[]> {
  const keys = entries.flatMap(({ speakerId }) => (speakerId ? [speakerKey(registryId, speakerId)] : []));
  const items = new Map((await table.getMany(keys)).map((item) => [uidOf(item), item]));
  return entries.map(({ uid }) => {
    const item = items.get(uid);
    return { uid, speaker: item && speakerOf(registryId, item) };
  });
}

const windowStart = (furthest: string): string => lsnFrom(lsnTime(furthest) - WINDOW_MS);

const tailQuery = (registryId: RegistryId, furthest: string | undefined) => ({
  KeyConditionExpression: "PK = :partition AND SK > :after",
  ExpressionAttributeValues: attributes({
    ":partition": changesPartition(registryId),
    ":after": `${CHANGE_PREFIX}${furthest === undefined ? "" : windowStart(furthest)}`,
  }),
});

const entryOf = (item: Item): Entry => ({
  lsn: required(item, "SK", textOf).slice(CHANGE_PREFIX.length),
  uid: uidOf(item),
  speakerId: textOf(item, "i") as SpeakerId | undefined,
});
