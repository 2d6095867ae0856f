import { describe, expect, test } from "vitest";
import type { HeardProbe } from "../../lib/ports/decision.ts";
import type { Services } from "../../lib/ports/services.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const DAY = 86_400;

const probe = (at: string, given: Partial<HeardProbe> = {}): HeardProbe => ({
  registryId: HERE,
  uid: "spk_a",
  decisionId: "dec_1",
  at,
  fingerprint: Uint8Array.from([1, 0, 255, 128, 10]),
  request: "0f",
  ...given,
});

/** Puts the probe with its decision, as every accept does. */
const heard = (store: Pick<Services, "decisions">, probe: HeardProbe, days = 30): Promise<void> => {
  const { registryId, decisionId, at, uid } = probe;
  const decision = { registryId, decisionId, at, uid, operation: "verify", reply: {} } as const;
  return store.decisions.put(decision, { heard: { probe, days } });
};

export function heardProbeStoreContract(open: OpenStore): void {
  describe("heard probe store", () => {
    test("lists a speaker's probes as they were put, newest first, up to the limit", async () => {
      const { one, other, clock } = await open();
      const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString();
      const probes = [probe(at(0)), probe(at(1), { decisionId: "dec_3" }), probe(at(1)), probe(at(2000))];
      for (const one_ of probes) await heard(one, one_);
      await heard(one, probe(at(5), { uid: "spk_b" }));
      await heard(one, probe(at(5), { registryId: ELSEWHERE }));
      const [oldest, second, third, newest] = probes;
      const found = await other.heardProbes.newest(HERE, "spk_a", 10);
      expect([found[0], found[3]]).toStrictEqual([newest, oldest]);
      expect(found.slice(1, 3)).toEqual(expect.arrayContaining([second, third]));
      expect(await other.heardProbes.newest(HERE, "spk_a", 1)).toStrictEqual([newest]);
      expect(await other.heardProbes.newest(HERE, "spk_c", 1)).toEqual([]);
    });

    test("keeps a probe for its days and no longer", async () => {
      const { one, clock } = await open();
      await heard(one, probe(clock.now().toISOString()), 7);
      clock.advance(7 * DAY - 1);
      expect(await one.heardProbes.newest(HERE, "spk_a", 5)).toHaveLength(1);
      clock.advance(1);
      expect(await one.heardProbes.newest(HERE, "spk_a", 5)).toEqual([]);
    });

    test("forgets all probes of a speaker, and no others", async () => {
      const { one, other, clock } = await open();
      const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString();
      for (let i = 0; i < 205; i++) await heard(one, probe(at(i)));
      await heard(one, probe(at(0), { uid: "spk_b" }));
      expect(await other.heardProbes.forget(HERE, "spk_a")).toBe(205);
      expect(await one.heardProbes.newest(HERE, "spk_a", 5)).toEqual([]);
      expect(await one.heardProbes.newest(HERE, "spk_b", 5)).toHaveLength(1);
      expect(await one.heardProbes.forget(HERE, "spk_a")).toBe(0);
    });
  });
}
