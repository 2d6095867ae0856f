import { expect, test } from "vitest";
import type { SpeakerStore } from "../../lib/ports/speaker.ts";
import { testServices } from "../support/services.ts";
import { linearizableHistories } from "./histories.ts";

/** Stores with one defect. The checker must find a history that shows it. */
const DEFECTS: Readonly<Record<string, (store: SpeakerStore) => SpeakerStore>> = {
  "overwrites a newer version": (store) => ({
    ...store,
    async put(speaker) {
      const { uid, version } = (await store.get(speaker.registryId, speaker.speakerId)) ?? {
        uid: speaker.uid,
        version: speaker.version - 1,
      };
      if (uid !== speaker.uid) return store.put(speaker);
      return store.put({ ...speaker, version: version + 1 });
    },
  }),
  "brings an erased speaker back": (store) => ({
    ...store,
    async put(speaker) {
      const erased = (await store.get(speaker.registryId, speaker.speakerId)) === undefined;
      return store.put(erased ? { ...speaker, version: 1 } : speaker);
    },
  }),
  "acknowledges a write that it drops": (store) => {
    let writes = 0;
    return {
      ...store,
      async put(speaker) {
        writes += 1;
        if (writes % 5 !== 0) await store.put(speaker);
      },
    };
  },
  "returns an old speaker": (store) => {
    const seen = new Map<string, Awaited<ReturnType<SpeakerStore["get"]>>>();
    let reads = 0;
    return {
      ...store,
      async get(registryId, id) {
        reads += 1;
        const latest = await store.get(registryId, id);
        const old = seen.get(id);
        seen.set(id, latest);
        return reads % 3 === 0 && old ? old : latest;
      },
    };
  },
};

test.each(Object.entries(DEFECTS))(
  "the history checker finds a store that %s",
  async (_name, spoil) => {
    const services = await testServices();
    const spoiled = { ...services, speakers: spoil(services.speakers) };
    expect(await linearizableHistories([spoiled], 500)).toBe(false);
  },
  180_000,
);
