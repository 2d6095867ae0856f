import { describe, expect, test } from "vitest";
import type { Delivery, DeliveryRecord, Webhook } from "../../lib/ports/webhook.ts";
import { aSpeaker, ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

const NOW = "2026-01-01T00:00:00.000Z";
const webhook = (name: string, version: number, given: Partial<Webhook> = {}): Webhook => ({
  registryId: HERE,
  webhookId: `whk_${name}`,
  url: "https://app.example.com/hook",
  events: ["speaker.enrolled"],
  secretNumber: 1,
  createdAt: NOW,
  updatedAt: NOW,
  version,
  ...given,
});
const delivery = (event: string, given: Partial<Delivery> = {}): Delivery => ({
  registryId: HERE,
  destination: "whk_a",
  eventId: `evt_${event}`,
  type: "speaker.erased",
  at: NOW,
  data: { uid: "spk_ann" },
  attempts: 0,
  nextAt: NOW,
  version: 1,
  ...given,
});

export function webhookStoreContract(open: OpenStore): void {
  describe("webhook store", () => {
    test("returns webhooks as they were put, in order of ID, only in their own registry", async () => {
      const { one, other } = await open();
      const [a, b] = [webhook("a", 1), webhook("b", 1, { events: undefined })];
      for (const each of [b, a, webhook("c", 1, { registryId: ELSEWHERE })]) await one.webhooks.put(each);
      expect(await other.webhooks.get(HERE, "whk_a")).toEqual(a);
      expect(await other.webhooks.get(ELSEWHERE, "whk_a")).toBeUndefined();
      expect(await other.webhooks.list(HERE)).toEqual([a, b]);
    });

    test("puts and removes a webhook only over the version before", async () => {
      const { one, other } = await open();
      await one.webhooks.put(webhook("a", 1));
      await expect(other.webhooks.put(webhook("a", 1))).rejects.toMatchObject({ slug: "write-contention" });
      await other.webhooks.put(webhook("a", 2, { failingSince: NOW }));
      await one.webhooks.remove(webhook("a", 1));
      expect(await one.webhooks.get(HERE, "whk_a")).toMatchObject({ version: 2 });
      await one.webhooks.remove(webhook("a", 2));
      expect(await other.webhooks.list(HERE)).toEqual([]);
    });
  });

  describe("outbox", () => {
    test("returns deliveries until they are removed at their version", async () => {
      const { one, other } = await open();
      const [first, bus] = [delivery("1"), delivery("1", { destination: "bus" })];
      expect(await one.outbox.put(first)).toBe(true);
      expect(await one.outbox.put(bus)).toBe(true);
      expect(await other.outbox.get(first)).toEqual(first);
      expect(await other.outbox.list(HERE)).toEqual([bus, first]);
      expect(await other.outbox.list(ELSEWHERE)).toEqual([]);
      await one.outbox.remove({ ...first, version: 2 });
      expect(await other.outbox.get(first)).toEqual(first);
      await one.outbox.remove(first);
      expect(await other.outbox.get(first)).toBeUndefined();
    });

    test("of two processes that take a delivery at the same time, one gets it", async () => {
      const { one, other } = await open();
      await one.outbox.put(delivery("1"));
      const taken = await Promise.all(
        [one, other].map(({ outbox }, attempts) => outbox.put(delivery("1", { attempts, version: 2 }))),
      );
      expect(taken.toSorted()).toEqual([false, true]);
    });

    test("lists records newest first, page by page, for 30 days after the event", async () => {
      const { one, other, clock } = await open();
      const record = (event: string, at: string, given: Partial<DeliveryRecord> = {}): DeliveryRecord => {
        const { registryId, type } = delivery(event);
        const eventId = `evt_${event}` as const;
        const common = { registryId, webhookId: "whk_a", eventId, type, attempts: 1 } as const;
        return { ...common, state: "waiting", at, attemptedAt: at, ...given };
      };
      const [old, young] = [record("b", NOW), record("a", "2026-01-02T00:00:00.000Z")];
      for (const each of [old, young, record("b", NOW, { state: "delivered", status: 204 })])
        await one.outbox.log(each);
      const logged = (limit: number, after?: { at: number; id: string }) =>
        other.outbox.logged(HERE, "whk_a", limit, after);
      const delivered = { ...old, state: "delivered", status: 204 };
      expect(await logged(5)).toEqual([young, delivered]);
      expect(await logged(5, { at: Date.parse(young.at), id: young.eventId })).toEqual([delivered]);
      expect(await other.outbox.logged(HERE, "whk_b", 5)).toEqual([]);
      clock.advance(30 * 86_400);
      expect(await logged(5)).toEqual([young]);
    });

    test("gets a delivery in the write that it reports, or neither happens", async () => {
      const { one, other } = await open();
      const [enrolled, erased, lost] = [delivery("1"), delivery("2"), delivery("3")];
      await one.speakers.put(aSpeaker("ann"), [enrolled]);
      await expect(other.speakers.put(aSpeaker("ann"), [lost])).rejects.toMatchObject({
        slug: "write-contention",
      });
      expect(await other.speakers.remove(HERE, speakerId("bob"), [lost])).toBe(false);
      expect(await other.speakers.remove(HERE, speakerId("ann"), [erased])).toBe(true);
      expect(await one.outbox.list(HERE)).toEqual([enrolled, erased]);
    });
  });
}
