import { expect, test } from "vitest";
import type { ScanThread } from "../../lib/gallery/scans.ts";
import type { Services } from "../../lib/ports/services.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import { scanRows } from "../../lib/score/search/int8-scan.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import { aSpeaker, HERE, MODEL, speakerId } from "./store.ts";

const cohort = fakeCohort(fakeModel());

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resume) => setTimeout(resume, 2));
}

/** The promises of a gallery that scans in another thread, besides those of every gallery. */
export function scansContract(
  open: (scanThread: ScanThread & { close(): Promise<void> }) => Promise<Services>,
): void {
  test("an erasure during a scan waits for it, and every later search lacks the voice", async () => {
    const held: (() => void)[] = [];
    const { gallery, speakers } = await open({
      from: 0,
      scan: (target, search) => new Promise((resolve) => held.push(() => resolve(scanRows(target, search)))),
      close: async () => {},
    });
    const [embedding, stats] = [fakeVoice("ann"), voiceStats(fakeVoice("ann"), cohort)];
    const search = async () => {
      const { hits } = await gallery.search(HERE, { modelId: MODEL, cohort, embedding, stats }, 5);
      return hits.map(({ uid }) => uid as string).sort();
    };
    for (const name of ["ann", "bob"]) await speakers.put(aSpeaker(name));
    const before = search();
    await until(() => held.length === 1);
    // Without the wait, the running scan would find the next speaker in her row.
    await speakers.remove(HERE, speakerId("ann"));
    await speakers.put(aSpeaker("eve"));
    const after = search();
    // Enough for the search to read the log on a busy machine. If not, the test proves less.
    await new Promise((resume) => setTimeout(resume, 100));
    expect(held).toHaveLength(1);
    held[0]();
    expect(await before).toEqual(["spk_ann", "spk_bob"]);
    await until(() => held.length === 2);
    held[1]();
    expect(await after).toEqual(["spk_bob", "spk_eve"]);
  });
}
