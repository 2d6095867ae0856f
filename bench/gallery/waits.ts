import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { scanThread } from "../../lib/adapters/shared/scan-thread.ts";
import type { GalleryIndex } from "../../lib/gallery/gallery-index.ts";
import type { ScanThread } from "../../lib/gallery/scans.ts";
import { searchInThread } from "../../lib/gallery/search.ts";
import type { GalleryProbe } from "../../lib/ports/gallery.ts";
import { percentile } from "../../test/support/percentile.ts";

const SECONDS = 8;
const RESOLUTION_MS = 1;
/** Between searches, in which a server would embed the next clip. */
const PAUSE_MS = 20;

/**
 * How long the event loop is late while one search follows another, in this thread and in another,
 * in turns. The delays of a timer of 1 ms are counted, less that millisecond.
 *
 * addedMb: what the thread adds to the process
 */
export async function waits(index: GalleryIndex, probes: readonly GalleryProbe[], limit: number) {
  const thread = scanThread({ from: 1 });
  const before = process.memoryUsage.rss();
  for (const each of [undefined, thread]) await round(index, probes, limit, each, 1);
  globalThis.gc?.();
  const addedMb = (process.memoryUsage.rss() - before) / 1e6;
  const here = await round(index, probes, limit, undefined, SECONDS);
  const there = await round(index, probes, limit, thread, SECONDS);
  await thread.close();
  const named = (where: string, one: typeof here) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [`${where}${name}`, value]));
  return { ...named("here", here), ...named("thread", there), addedMb };
}

async function round(
  ...[index, probes, limit, thread, seconds]: [
    GalleryIndex,
    readonly GalleryProbe[],
    number,
    ScanThread | undefined,
    number,
  ]
) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const end = performance.now() + 1000 * seconds;
  const times: number[] = [];
  delays.enable();
  for (let i = 0; performance.now() < end; i++) {
    const start = performance.now();
    await searchInThread(thread, index, probes[i % probes.length] ?? probes[0], limit, undefined);
    times.push(performance.now() - start);
    await setTimeout(PAUSE_MS);
  }
  delays.disable();
  const late = (part: number) => Math.max(0, delays.percentile(part) / 1e6 - RESOLUTION_MS);
  const searchP50 = percentile(Float64Array.from(times).sort(), 0.5);
  return { LateP50: late(50), LateP99: late(99), LateMost: late(100), SearchP50: searchP50 };
}
