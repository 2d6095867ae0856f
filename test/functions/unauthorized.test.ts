import { afterEach, expect, test, vi } from "vitest";
import { formatToken } from "../../lib/domain/registry/token.ts";
import type { KeyId } from "../../lib/id.ts";
import { client } from "./client.ts";

afterEach(() => void vi.useRealTimers());

test("an unknown key ID and a wrong secret are rejected by the same timer, not by the work they cause", async () => {
  const c = await client();
  const keyId = `key_${c.key.split("_")[1]}` as KeyId;
  const unknown = formatToken("key_0000000000000000", "0".repeat(52));
  const wrongSecret = formatToken(keyId, "0".repeat(52));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  for (const key of [unknown, wrongSecret, "not-a-token"]) {
    let isAnswered = false;
    const reply = c.call("GET", "/speakers", { key }).finally(() => {
      isAnswered = true;
    });
    await turns();
    vi.advanceTimersByTime(49);
    await turns();
    expect(isAnswered).toBe(false);
    vi.advanceTimersByTime(1);
    expect((await reply).status).toBe(401);
  }
});

test("a valid key doesn't wait", async () => {
  const c = await client();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  expect((await c.call("GET", "/speakers")).status).toBe(200);
});

/** Lets all work end that waits for no timer. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}
