import type { ModelId, RegistryId, SpeakerUid } from "../../id.ts";
import type { Clock, Speaker } from "../../ports.ts";
import type { Blobs } from "./blobs.ts";
import { changesAfter, positionAt } from "./changes.ts";
import { readHead, readSnapshot, writeSnapshot } from "./snapshot.ts";
import type { Voice } from "./snapshot-codec.ts";
import type { Table } from "./table.ts";

/** Read from the table within a second or two: no snapshot is made for so few. */
const DIRECT = 200;
/** A tail this long is folded into the snapshot, or one of this part of it. */
const LONG_TAIL = 200;
const LONG_PART = 0.05;

export type BuildOutcome = "small" | "kept" | "written" | "overtaken";

/** Erased speakers, those without clips (opted out, reset) and those of another model are not compared. */
export const isCompared = (speaker: Speaker | undefined, modelId: ModelId): speaker is Speaker =>
  speaker !== undefined && speaker.clips.length > 0 && speaker.modelId === modelId;

/**
 * Brings a registry's snapshot up to date from the change log. It is written anew when the tail has become long, and at once
 * when a voice in it was erased or changed: a snapshot keeps no voice that its speaker has not. Several builders at once, twice
 * the same events or none at all harm nothing: the log says what is true, and of two writers one is "overtaken".
 */
export async function buildGallery(
  stores: { table: Table; blobs: Blobs; clock: Pick<Clock, "now">; drawLsn: () => string },
  registryId: RegistryId,
  modelId: ModelId,
): Promise<BuildOutcome> {
  const { table, blobs, clock, drawLsn } = stores;
  const at = clock.now().getTime();
  const found = await readSnapshot(blobs, { registryId, modelId, now: at });
  const standing = found?.standing ?? (await readHead(blobs, registryId, modelId));
  const voices = new Map<SpeakerUid, Voice>();
  for (const voice of found?.voices ?? []) voices.set(voice.uid, voice);
  const folded = voices.size;
  let position = positionAt(found?.standing.head?.furthest);
  let [added, altered] = [0, 0];
  for await (const { changes, position: reached } of changesAfter(table, registryId, position)) {
    for (const { uid, speaker } of changes) {
      const before = voices.get(uid);
      if (!isCompared(speaker, modelId)) {
        if (voices.delete(uid)) altered += 1;
        continue;
      }
      if (!before) added += 1;
      else if (!sameSum(before, speaker)) altered += 1;
      const { speakerId, stats, sum } = speaker;
      voices.set(uid, { uid, speakerId, stats, sum });
    }
    position = reached;
  }
  if (standing.etag === null && voices.size <= DIRECT) return "small";
  if (found && altered === 0 && added < Math.max(LONG_TAIL, folded * LONG_PART)) return "kept";
  const made = { voices: [...voices.values()], furthest: position.furthest, at, name: drawLsn() };
  return (await writeSnapshot(blobs, { registryId, modelId }, standing, made)) ? "written" : "overtaken";
}

const sameSum = (a: Pick<Voice, "sum">, b: Pick<Voice, "sum">): boolean =>
  a.sum.length === b.sum.length && a.sum.every((value, i) => value === b.sum[i]);
