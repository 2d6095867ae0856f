import { expect, test } from "vitest";
import { audioSecondsToday, withAudioQuota } from "../../lib/domain/registry/audio-quota.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";

import { fakeClip } from "../support/fake-embedder.ts";
import { testServices } from "../support/services.ts";
import { slugOf } from "./asking.ts";

test("a clip that is longer than its file states is counted in full, and the next one is rejected", async () => {
  const services = await testServices();
  const { registryId, embedder } = services;
  const input = { registryId, name: "metered", scopes: [], audioSecondsPerDay: 5 };
  const { key } = await issueKey(services, input);
  const misled = { ...services, embedder: { ...embedder, seconds: async () => 0.5 } };
  const metered = withAudioQuota(misled, key);
  // A fake clip has 7 s.
  expect((await metered.embedder.embed(fakeClip("voice=ann take=1"))).quality.totalSeconds).toBe(7);
  expect(await audioSecondsToday(services, key)).toBe(7);
  expect(await slugOf(metered.embedder.embed(fakeClip("voice=ann take=2")))).toBe("quota-exceeded");
  expect(await audioSecondsToday(services, key)).toBe(7);
});
