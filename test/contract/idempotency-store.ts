import { describe, expect, test } from "vitest";
import type { IdempotencyClaim } from "../../lib/ports/decision.ts";
import type { Services } from "../../lib/ports/services.ts";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

/** Claims for the request "r" and returns the claim that was granted. */
async function granted({ idempotency }: Services): Promise<IdempotencyClaim> {
  const result = await idempotency.claim(HERE, "k", "r");
  if (result.state !== "claimed") throw new RangeError(result.state);
  return result.claim;
}

const reply = { status: 201, headers: { etag: '"1"' }, body: '{"ok":true}' };

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

    test("an unfinished claim can be taken over after 60 s", async () => {
      const { one, clock } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      clock.advance(59);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      clock.advance(1);
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "claimed" });
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
    });

    test("the former holder of a claim that was taken over cannot finish or release it", async () => {
      const { one, other, clock } = await open();
      const lost = await granted(one);
      clock.advance(60);
      const taken = await granted(other);
      await one.idempotency.finish(lost, { ...reply, body: "late" });
      await one.idempotency.release(lost);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      await other.idempotency.finish(taken, reply);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

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
