import { describe, expect, test } from "vitest";
import { makeTimedId } from "../../lib/id.ts";
import type { DecisionRecord } from "../../lib/ports/decision.ts";
import type { ApiKey, Registry, RegistrySettings } from "../../lib/ports/registry.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const settings = {
  enrollSpeechSeconds: 20,
  consentRequired: false,
  refuseMultipleSpeakers: false,
};

/** Every setting there is: a store that drops one would change what the registry promises. */
const everySetting: Required<RegistrySettings> = {
  ...settings,
  requiredPurposes: ["verify"],
  keepConsentProofs: true,
  challengeRequired: true,
  spoofWarning: -1.5,
  far: 0.001,
  keepAudio: false,
  guessing: { rejects: 0, speakerRejects: 40, misses: 10, pauseSeconds: 1.5, longestPauseSeconds: 60 },
  audit: "all",
  speakerDays: 365,
  decisionDays: 30,
  speakerHistorySince: "2026-01-01T00:02:00.000Z",
  replay: "refuse",
  replayDays: 0,
  mixedProbes: "refuse",
  embeddings: true,
  candidateVoices: true,
  candidateDays: 7,
  decisionEvents: true,
  corsOrigins: ["https://app.example.com"],
  requestsPerMinute: 60,
};

export function registryStoreContract(open: OpenStore): void {
  describe("registry store", () => {
    test("returns registries as they were put, lists them by name; an absent one is undefined", async () => {
      const { one, other } = await open();
      const plain: Registry = { registryId: HERE, name: "b", suspended: false, settings };
      const strict: Registry = {
        registryId: ELSEWHERE,
        name: "a",
        suspended: true,
        settings: everySetting,
      };
      expect(await one.registries.get(HERE)).toBeUndefined();
      await one.registries.put({ ...plain, name: "old" });
      await one.registries.put(plain);
      await one.registries.put(strict);
      expect(await other.registries.get(HERE)).toStrictEqual(plain);
      expect(await other.registries.list()).toStrictEqual([strict, plain]);
    });

    test("parallel changes of a registry are all kept; an absent one is not created", async () => {
      const { one, other } = await open();
      const registryId = HERE;
      expect(await one.registries.change(registryId, (found) => found)).toBeUndefined();
      expect(await one.registries.get(registryId)).toBeUndefined();
      await one.registries.put({ registryId, name: "b", suspended: false, settings });
      await Promise.all([
        one.registries.change(registryId, (found) => ({ ...found, suspended: true })),
        other.registries.change(registryId, (found) => ({ ...found, settings: everySetting })),
      ]);
      const changed = { registryId, name: "b", suspended: true, settings: everySetting };
      expect(await one.registries.get(registryId)).toStrictEqual(changed);
      expect(await other.registries.list()).toStrictEqual([changed]);
    });
  });
}

const key: ApiKey = {
  keyId: "key_b",
  registryId: HERE,
  name: "app",
  hash: "f".repeat(64),
  scopes: ["verify", "scores:read"],
  createdAt: "2026-01-01T00:00:00.000Z",
};

export function keyStoreContract(open: OpenStore): void {
  describe("key store", () => {
    test("returns keys as they were put, and lists those of one registry, oldest first", async () => {
      const { one, other } = await open();
      const later = { ...key, keyId: "key_a", createdAt: "2026-02-01T00:00:00.000Z" } as const;
      expect(await one.keys.get("key_b")).toBeUndefined();
      for (const one_ of [later, key, { ...key, keyId: "key_far", registryId: ELSEWHERE } as const])
        await one.keys.put(one_);
      expect(await other.keys.list(HERE)).toStrictEqual([key, later]);
      const revoked = {
        ...key,
        expiresAt: "2027-01-01T00:00:00.000Z",
        revokedAt: "2026-03-01T00:00:00.000Z",
      };
      await other.keys.put(revoked);
      expect(await one.keys.get("key_b")).toStrictEqual(revoked);
    });

    test("parallel changes of a key are both kept, also in the list", async () => {
      const { one, other } = await open();
      expect(await one.keys.change("key_b", (found) => found)).toBeUndefined();
      await one.keys.put(key);
      const revokedAt = "2026-03-01T00:00:00.000Z";
      await Promise.all([
        one.keys.change("key_b", (found) => ({ ...found, revokedAt })),
        other.keys.change("key_b", (found) => ({ ...found, audioSecondsPerDay: 60 })),
      ]);
      const changed = { ...key, revokedAt, audioSecondsPerDay: 60 };
      expect(await one.keys.get("key_b")).toStrictEqual(changed);
      expect(await one.keys.list(HERE)).toStrictEqual([changed]);
    });
  });
}

export function decisionStoreContract(open: OpenStore): void {
  describe("decision store", () => {
    test("returns a decision in its own registry for 90 days", async () => {
      const { one, other, clock } = await open();
      const decision: DecisionRecord = {
        decisionId: "dec_1",
        registryId: HERE,
        operation: "compare",
        at: clock.now().toISOString(),
        reply: { decision: "accept", score: { llr: 1 / 3 } },
      };
      await one.decisions.put(decision);
      expect(await other.decisions.get(HERE, "dec_1")).toStrictEqual(decision);
      expect(await other.decisions.get(ELSEWHERE, "dec_1")).toBeUndefined();
      expect(await other.decisions.get(HERE, "dec_2")).toBeUndefined();
      clock.advance(90 * 86_400 - 1);
      expect(await one.decisions.get(HERE, "dec_1")).toBeDefined();
      clock.advance(1);
      expect(await one.decisions.get(HERE, "dec_1")).toBeUndefined();
    });

    test("returns a decision for its own days, which can be shortened later but not lengthened", async () => {
      const { one, other, clock } = await open();
      const at = clock.now().toISOString();
      const decision = { registryId: HERE, operation: "compare", at, reply: {} } as const;
      await one.decisions.put({ ...decision, decisionId: "dec_1", days: 2 });
      await one.decisions.put({ ...decision, decisionId: "dec_2" });
      await one.decisions.put({ ...decision, decisionId: "dec_3", registryId: ELSEWHERE });
      expect(await other.decisions.shorten(HERE, 5)).toBe(1);
      expect(await other.decisions.shorten(HERE, 5)).toBe(0);
      const kept = async (day: number) => {
        clock.advance(day * 86_400);
        const found = (["dec_1", "dec_2"] as const).map((id) => one.decisions.get(HERE, id));
        return (await Promise.all(found)).map((one) => one !== undefined);
      };
      expect(await kept(1)).toEqual([true, true]);
      expect(await kept(1)).toEqual([false, true]);
      expect(await kept(3)).toEqual([false, false]);
      expect(await one.decisions.recent(HERE, 10)).toEqual([]);
      expect(await other.decisions.get(ELSEWHERE, "dec_3")).toBeDefined();
    });

    test("parallel changes of a decision are all kept, and it stays in its place and expires as before", async () => {
      const { one, other, clock } = await open();
      const at = clock.now().toISOString();
      const decision = {
        decisionId: "dec_1",
        registryId: HERE,
        operation: "compare",
        at,
        reply: { n: 0 },
      } as const;
      await one.decisions.put(decision);
      const add = (store: typeof one) =>
        store.decisions.change(HERE, "dec_1", (found) => ({
          ...found,
          reply: { n: (found.reply as { n: number }).n + 1 },
        }));
      await Promise.all([add(one), add(other), add(one)]);
      const label = { verdict: "wrong", at } as const;
      const changed = { ...decision, reply: { n: 3 }, label };
      expect(await other.decisions.change(HERE, "dec_1", (found) => ({ ...found, label }))).toStrictEqual(
        changed,
      );
      expect(await one.decisions.recent(HERE, 5)).toStrictEqual([changed]);
      expect(await one.decisions.change(HERE, "dec_2", (found) => found)).toBeUndefined();
      expect(await one.decisions.change(ELSEWHERE, "dec_1", (found) => found)).toBeUndefined();
      clock.advance(90 * 86_400);
      expect(await one.decisions.get(HERE, "dec_1")).toBeUndefined();
    });

    test("lists a speaker's decisions if they are listed by speaker, also when they are changed", async () => {
      const { one, other, clock } = await open();
      const made = [0, 1, 2, 3].map((i): DecisionRecord => {
        const time = clock.now().getTime() + i;
        const at = new Date(time).toISOString();
        const decisionId = makeTimedId(
          "dec",
          time,
          Uint8Array.from({ length: 10 }, (_, byte) => 7 * i + byte),
        );
        const uid = i === 1 ? "spk_other" : "spk_ann";
        return { registryId: HERE, decisionId, operation: "verify", at, uid, listed: i > 0, reply: { i } };
      });
      for (const record of made) await one.decisions.put(record);
      const [, b, c, d] = made;
      expect(await other.decisions.ofSpeaker(HERE, "spk_ann", 5)).toStrictEqual([d, c]);
      expect(await other.decisions.ofSpeaker(HERE, "spk_other", 5)).toStrictEqual([b]);
      expect(await other.decisions.ofSpeaker(ELSEWHERE, "spk_ann", 5)).toEqual([]);
      const label = { verdict: "wrong", at: clock.now().toISOString() } as const;
      await one.decisions.change(HERE, c?.decisionId ?? "dec_", (record) => ({ ...record, label }));
      await one.decisions.shorten(HERE, 1);
      expect(await other.decisions.ofSpeaker(HERE, "spk_ann", 1)).toMatchObject([{ reply: { i: 3 } }]);
      expect(await other.decisions.ofSpeaker(HERE, "spk_ann", 5)).toMatchObject([{}, { label, days: 1 }]);
      await one.decisions.rewrite(HERE, (record) =>
        record.uid === "spk_ann" ? { ...record, uid: undefined } : undefined,
      );
      expect(await other.decisions.ofSpeaker(HERE, "spk_ann", 5)).toEqual([]);
    });

    test("lists the registry's recent decisions newest first, up to the limit and younger than 90 days", async () => {
      const { one, other, clock } = await open();
      const made = async (
        decisionId: DecisionRecord["decisionId"],
        registryId: DecisionRecord["registryId"],
      ) => {
        clock.advance(60);
        const at = clock.now().toISOString();
        const decision = {
          decisionId,
          registryId,
          operation: "verify",
          at,
          uid: "spk_a",
          reply: {},
        } as const;
        await one.decisions.put(decision);
        return decision;
      };
      expect(await one.decisions.recent(HERE, 5)).toEqual([]);
      const [a, , b, c] = [
        await made("dec_c", HERE),
        await made("dec_far", ELSEWHERE),
        await made("dec_a", HERE),
        await made("dec_b", HERE),
      ];
      expect(await other.decisions.recent(HERE, 5)).toStrictEqual([c, b, a]);
      expect(await other.decisions.recent(HERE, 2)).toStrictEqual([c, b]);
      const afterC = { at: Date.parse(c.at), id: c.decisionId };
      expect(await other.decisions.recent(HERE, 1, afterC)).toStrictEqual([b]);
      clock.advance(90 * 86_400 - 30);
      expect(await other.decisions.recent(HERE, 5)).toStrictEqual([c]);
    });
  });
}

export function limitStoreContract(open: OpenStore): void {
  describe("limit store", () => {
    test("counts across processes, for each registry separately, from 0", async () => {
      const { one, other } = await open();
      expect(await one.limits.get(HERE, "c")).toEqual({ count: 0, ageSeconds: 0 });
      expect(await one.limits.add(HERE, "c", 60)).toBe(1);
      expect(await other.limits.add(HERE, "c", 60)).toBe(2);
      expect(await other.limits.add(ELSEWHERE, "c", 60)).toBe(1);
      expect((await one.limits.get(HERE, "c")).count).toBe(2);
      await one.limits.clear(HERE, "c");
      expect((await other.limits.get(HERE, "c")).count).toBe(0);
      await one.limits.clear(HERE, "c");
    });

    test("a counter resets when its lifetime has passed since the last add", async () => {
      const { one, clock } = await open();
      await one.limits.add(HERE, "c", 60);
      clock.advance(59);
      expect(await one.limits.get(HERE, "c")).toEqual({ count: 1, ageSeconds: 59 });
      expect(await one.limits.add(HERE, "c", 60)).toBe(2);
      clock.advance(59);
      expect((await one.limits.get(HERE, "c")).count).toBe(2);
      clock.advance(1);
      expect((await one.limits.get(HERE, "c")).count).toBe(0);
      expect(await one.limits.add(HERE, "c", 60)).toBe(1);
    });

    test("a clock that is set back neither resets a counter early nor makes its age negative", async () => {
      const { one, clock } = await open();
      await one.limits.add(HERE, "c", 60);
      clock.advance(-3600);
      expect(await one.limits.get(HERE, "c")).toEqual({ count: 1, ageSeconds: 0 });
    });

    test("admits at most the quota within any 60 seconds, across the edge of a minute too", async () => {
      const { one, clock } = await open();
      const admit = async () => (await one.limits.admit(HERE, "r", 50)).admitted;
      clock.advance(59);
      for (let i = 0; i < 50; i++) expect(await admit()).toBe(true);
      for (const seconds of [1, 30, 28]) {
        clock.advance(seconds);
        expect(await one.limits.admit(HERE, "r", 50)).toMatchObject({ admitted: false, remaining: 0 });
      }
      clock.advance(11);
      expect(await one.limits.admit(HERE, "r", 50)).toMatchObject({ admitted: true, remaining: 49 });
    });

    test("rejected requests don't count, so a client that keeps sending is admitted again", async () => {
      const { one, clock } = await open();
      let admitted = 0;
      for (let second = 0; second < 210; second++) {
        for (let i = 0; i < 2; i++) if ((await one.limits.admit(HERE, "r", 5)).admitted) admitted++;
        clock.advance(1);
      }
      expect(admitted).toBeGreaterThanOrEqual(15);
      expect(admitted).toBeLessThanOrEqual(20);
    });

    test("of many requests at the same time, at most the quota are admitted, for each counter", async () => {
      const { one } = await open();
      const all = (registryId: typeof HERE, counter: string) =>
        Promise.all(Array.from({ length: 12 }, () => one.limits.admit(registryId, counter, 5)));
      const counted = (admissions: readonly { admitted: boolean }[]) =>
        admissions.filter(({ admitted }) => admitted).length;
      const places = [
        [HERE, "r"],
        [HERE, "s"],
        [ELSEWHERE, "r"],
      ] as const;
      for (const [registryId, counter] of places) expect(counted(await all(registryId, counter))).toBe(5);
    });

    test("a quota of 0 admits nothing", async () => {
      const { one } = await open();
      expect(await one.limits.admit(HERE, "r", 0)).toMatchObject({ admitted: false, remaining: 0 });
    });

    test("addWithin adds an amount only up to the limit, also of parallel calls, until it resets", async () => {
      const { one, other, clock } = await open();
      const spend = (amount: number, i = 0) =>
        (i % 2 ? one : other).limits.addWithin(HERE, "a", { amount, most: 100, ttlSeconds: 60 });
      expect(await spend(101)).toBe(false);
      const spent = await Promise.all(Array.from({ length: 64 }, (_, i) => spend(30, i)));
      expect(spent.filter(Boolean)).toHaveLength(3);
      expect((await one.limits.get(HERE, "a")).count).toBe(90);
      expect([await spend(11), await spend(10), await spend(1)]).toEqual([false, true, false]);
      expect(await one.limits.addWithin(ELSEWHERE, "a", { amount: 1, most: 1, ttlSeconds: 60 })).toBe(true);
      clock.advance(60);
      expect(await spend(30)).toBe(true);
      expect((await one.limits.get(HERE, "a")).count).toBe(30);
    });

    test("counts a hundred concurrent adds exactly", async () => {
      const { one, other } = await open();
      const adds = Array.from({ length: 100 }, (_, i) => (i % 2 ? one : other).limits.add(HERE, "c", 60));
      expect((await Promise.all(adds)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 100 }, (_, i) => i + 1),
      );
    });
  });
}
