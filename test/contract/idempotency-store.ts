import { describe, expect, test } from "vitest";
import type { IdempotencyClaim } from "../../lib/ports/decision.ts";
import type { Services } from "../../lib/ports/services.ts";
import { seededRandom } from "../support/fake-world.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

/** Claims a key for the request "r". Takes over a claim that was not renewed. */
async function claimed({ idempotency }: Services, key = "k") {
  const found = await idempotency.claim(HERE, key, "r");
  if (found.state !== "unrenewed") return found;
  const claim = await idempotency.renew(found.claim);
  return claim ? { state: "claimed" as const, claim } : { state: "in-progress" as const };
}

/** Returns the claim that was granted. */
async function granted(services: Services): Promise<IdempotencyClaim> {
  const result = await claimed(services);
  if (result.state !== "claimed") throw new RangeError(result.state);
  return result.claim;
}

const reply = { status: 201, headers: { etag: '"1"' }, body: '{"ok":true}' };

/** Two processes that claim, renew, finish and release one key at random, next to a model. */
function scheduleOf(processes: readonly [Services, Services], key: string) {
  const claims: (IdempotencyClaim | undefined)[] = [undefined, undefined];
  let holder: number | undefined;
  let renewedAt = 0;
  let stored: typeof reply | undefined;
  return async (draw: number, now: number): Promise<void> => {
    const who = draw < 0.5 ? 0 : 1;
    const { idempotency } = processes[who];
    const action = (draw * 2) % 1;
    const claim = claims[who];
    if (!claim || action < 0.3) {
      const result = await claimed(processes[who], key);
      if (stored) return expect(result).toEqual({ state: "replay", reply: stored });
      const isHeld = holder !== undefined && now - renewedAt < 5000;
      expect(result.state).toBe(isHeld ? "in-progress" : "claimed");
      if (result.state !== "claimed") return;
      claims[who] = result.claim;
      holder = who;
      renewedAt = now;
    } else if (action < 0.6) {
      const renewed = await idempotency.renew(claim);
      expect(renewed !== undefined).toBe(holder === who);
      if (!renewed) return;
      claims[who] = renewed;
      renewedAt = now;
    } else if (action < 0.85) {
      const own = { ...reply, body: `${who} ${now}` };
      await idempotency.finish(claim, own);
      if (holder === who) stored = own;
      holder = holder === who ? undefined : holder;
    } else {
      await idempotency.release(claim);
      holder = holder === who ? undefined : holder;
    }
  };
}

export function idempotencyStoreContract(open: OpenStore): void {
  describe("idempotency store", () => {
    test("replays a finished request, also in another process", async () => {
      const { one, other } = await open();
      await one.idempotency.finish(await granted(one), reply);
      expect(await other.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

    test("grants one of many concurrent claims", async () => {
      const { one, other } = await open();
      const claims = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : other).idempotency.claim(HERE, "k", "r"),
      );
      const states = (await Promise.all(claims)).map((claim) => claim.state);
      expect(states.filter((state) => state === "claimed")).toHaveLength(1);
      expect(states.filter((state) => state === "in-progress")).toHaveLength(9);
    });

    test("reports a key as reused for another request, finished or not", async () => {
      const { one } = await open();
      const claim = await granted(one);
      expect(await one.idempotency.claim(HERE, "k", "s")).toEqual({ state: "reused" });
      await one.idempotency.finish(claim, reply);
      expect(await one.idempotency.claim(HERE, "k", "s")).toEqual({ state: "reused" });
    });

    test("an unfinished claim can be taken over after 5 s", async () => {
      const { one, clock } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      clock.advance(4);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      clock.advance(1);
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "unrenewed" });
      expect(await claimed(one)).toMatchObject({ state: "claimed", claim: { version: 2 } });
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
    });

    test("a clock that was set makes a claim look unrenewed, but its holder keeps it by renewing", async () => {
      const { one, other, clock } = await open();
      const claim = await granted(one);
      for (const jump of [3600, -7200]) {
        clock.jump(jump);
        const found = await other.idempotency.claim(HERE, "k", "r");
        if (found.state !== "unrenewed") throw new RangeError(found.state);
        const renewed = await one.idempotency.renew(claim);
        expect(await other.idempotency.renew(found.claim)).toBeUndefined();
        Object.assign(claim, renewed);
      }
      await one.idempotency.finish(claim, reply);
      expect(await other.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

    test("of two processes that find a claim unrenewed, one takes it over", async () => {
      const { one, other, clock } = await open();
      await granted(one);
      clock.advance(5);
      const found = await Promise.all([one, other].map((s) => s.idempotency.claim(HERE, "k", "r")));
      const taken = found.map((result, i) =>
        result.state === "unrenewed" ? [one, other][i].idempotency.renew(result.claim) : undefined,
      );
      expect((await Promise.all(taken)).filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    test("the former holder of a claim that was taken over cannot finish or release it", async () => {
      const { one, other, clock } = await open();
      const lost = await granted(one);
      clock.advance(5);
      const taken = await granted(other);
      await one.idempotency.finish(lost, { ...reply, body: "late" });
      await one.idempotency.release(lost);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      await other.idempotency.finish(taken, reply);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

    test("a renewed claim is kept for another 5 s, and a lost one cannot be renewed", async () => {
      const { one, other, clock } = await open();
      const claim = await granted(one);
      clock.advance(4);
      const renewed = await one.idempotency.renew(claim);
      if (!renewed) throw new RangeError("not renewed");
      clock.advance(4);
      expect(await other.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      clock.advance(1);
      const taken = await granted(other);
      expect(await one.idempotency.renew(renewed)).toBeUndefined();
      await other.idempotency.finish(taken, reply);
      expect(await one.idempotency.renew(taken)).toBeUndefined();
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

    test("in 1,000 random schedules, one holder at a time, and no reply is overwritten", async () => {
      const { one, other, clock } = await open();
      const random = seededRandom("schedules");
      const schedules = Array.from({ length: 1000 }, (_, i) => scheduleOf([one, other], `s${i}`));
      for (let step = 0; step < 5; step++) {
        for (let from = 0; from < schedules.length; from += 100)
          await Promise.all(
            schedules.slice(from, from + 100).map((next) => next(random.unit(), clock.now().getTime())),
          );
        clock.advance(1 + Math.floor(random.unit() * 5));
      }
    }, 180_000);

    test("a released claim is free immediately; a finished one cannot be released", async () => {
      const { one } = await open();
      await one.idempotency.release(await granted(one));
      const claim = await granted(one);
      await one.idempotency.finish(claim, reply);
      await one.idempotency.release(claim);
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "replay" });
    });

    test("a key is new again after 24 hours", async () => {
      const { one, clock } = await open();
      await one.idempotency.finish(await granted(one), reply);
      clock.advance(86_399);
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "replay" });
      clock.advance(1);
      expect(await one.idempotency.claim(HERE, "k", "s")).toMatchObject({ state: "claimed" });
    });

    test("the same key in another registry is a different key", async () => {
      const { one } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      expect(await one.idempotency.claim(ELSEWHERE, "k", "s")).toMatchObject({ state: "claimed" });
    });
  });
}
