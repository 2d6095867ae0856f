import { describe, expect, test } from "vitest";
import { ELSEWHERE, HERE, type OpenStore } from "./store.ts";

const reply = { status: 201, headers: { etag: '"1"' }, body: '{"ok":true}' };

export function idempotencyStoreContract(open: OpenStore): void {
  describe("idempotency store", () => {
    test("a finished request is replayed, also by another opening", async () => {
      const { one, other } = await open();
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "claimed" });
      await one.idempotency.finish(HERE, "k", reply);
      expect(await other.idempotency.claim(HERE, "k", "r")).toEqual({ state: "replay", reply });
    });

    test("of many claims at once one is granted", async () => {
      const { one, other } = await open();
      const claims = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : other).idempotency.claim(HERE, "k", "r"),
      );
      const states = (await Promise.all(claims)).map((claim) => claim.state);
      expect(states.filter((state) => state === "claimed")).toHaveLength(1);
      expect(states.filter((state) => state === "in-progress")).toHaveLength(9);
    });

    test("another request under the same key is told so, finished or not", async () => {
      const { one } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      expect(await one.idempotency.claim(HERE, "k", "s")).toEqual({ state: "reused" });
      await one.idempotency.finish(HERE, "k", reply);
      expect(await one.idempotency.claim(HERE, "k", "s")).toEqual({ state: "reused" });
    });

    test("a claim without an end is taken over after 60 s", async () => {
      const { one, clock } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      clock.advance(59);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
      clock.advance(1);
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "claimed" });
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "in-progress" });
    });

    test("a released claim is free at once; a finished one is not released", async () => {
      const { one } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      await one.idempotency.release(HERE, "k");
      expect(await one.idempotency.claim(HERE, "k", "r")).toEqual({ state: "claimed" });
      await one.idempotency.finish(HERE, "k", reply);
      await one.idempotency.release(HERE, "k");
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "replay" });
    });

    test("after 24 hours a key is new", async () => {
      const { one, clock } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      await one.idempotency.finish(HERE, "k", reply);
      clock.advance(86_399);
      expect(await one.idempotency.claim(HERE, "k", "r")).toMatchObject({ state: "replay" });
      clock.advance(1);
      expect(await one.idempotency.claim(HERE, "k", "s")).toEqual({ state: "claimed" });
    });

    test("the same key in another registry is another key", async () => {
      const { one } = await open();
      await one.idempotency.claim(HERE, "k", "r");
      expect(await one.idempotency.claim(ELSEWHERE, "k", "s")).toEqual({ state: "claimed" });
    });
  });
}
