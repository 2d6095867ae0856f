import { expect, test } from "vitest";
import { issueKey, revokeKey } from "../../lib/domain/registry/key.ts";
import type { KeyId } from "../../lib/id.ts";
import { type Client, client } from "./client.ts";

const CALLERS = 8;
const ROTATIONS = 10;

type Current = { keyId: KeyId; token: string };

const newKey = async ({ services }: Client): Promise<Current> => {
  const { registryId } = services;
  const scopes = ["speakers:read", "speakers:write"] as const;
  const { key, token } = await issueKey(services, { registryId, name: "rotated", scopes });
  return { keyId: key.keyId, token };
};

test("keys are rotated under load: no request with a current key fails, none with a revoked key passes", async () => {
  const api = await client();
  const { services } = api;
  const revoked: string[] = [];
  let current = await newKey(api);
  let rotating = true;
  const served: number[] = [];
  const refused: number[] = [];

  const read = async (key: string) => (await api.call("GET", "/speakers", { key })).status;
  const caller = async (name: string) => {
    for (let take = 1; rotating; take++) {
      // A caller reads the key before each request, like from a file that the operator replaces.
      const { token } = current;
      const status = await read(token);
      // The key may have been revoked while the request was on its way.
      if (!revoked.includes(token)) served.push(status);
      const old = revoked.at(-1);
      if (old !== undefined) refused.push(await read(old));
      if (take % 5 === 0) await api.enroll(name, String(take));
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, i) => caller(`caller${i}`));
  for (let i = 0; i < ROTATIONS; i++) {
    const [before, next] = [current, await newKey(api)];
    current = next;
    const { length } = served;
    while (served.length < length + CALLERS) await new Promise((resolve) => setImmediate(resolve));
    await revokeKey(services, { registryId: services.registryId, keyId: before.keyId });
    revoked.push(before.token);
  }
  rotating = false;
  await Promise.all(callers);
  expect(new Set(served)).toEqual(new Set([200]));
  expect(new Set(refused)).toEqual(new Set([401]));
  expect(served.length).toBeGreaterThanOrEqual(ROTATIONS * CALLERS);
  for (const token of revoked) expect(await read(token)).toBe(401);
});
