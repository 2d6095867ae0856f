import { expect, test } from "vitest";
import { issueKey, revokeKey, updateKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { requireStillAllowed, STOPPING } from "../../lib/domain/registry/still-allowed.ts";
import { parseToken } from "../../lib/domain/registry/token.ts";
import { testServices } from "../support/services.ts";

test("work goes on until its registry is suspended or its key is revoked", async () => {
  const services = await testServices();
  const { registryId } = services;
  const { key } = await issueKey(services, { registryId, name: "k", scopes: ["verify"] });
  const { keyId } = key;
  expect(await requireStillAllowed(services, { registryId })).toBeUndefined();
  expect((await requireStillAllowed(services, { registryId, keyId }))?.keyId).toBe(keyId);
  // A key that no longer exists doesn't stop what it has started.
  expect(await requireStillAllowed(services, { registryId, keyId: "key_none" })).toBeUndefined();
  await updateRegistry(services, { registryId, suspended: true });
  const suspended = requireStillAllowed(services, { registryId, keyId });
  await expect(suspended).rejects.toMatchObject({ slug: "tenant-suspended" });
  await expect(suspended).rejects.toThrow(/Contact the operator/);
  await updateRegistry(services, { registryId, suspended: false });
  await revokeKey(services, { registryId, keyId });
  const revoked = requireStillAllowed(services, { registryId, keyId });
  await expect(revoked).rejects.toMatchObject({ slug: "unauthorized" });
  await expect(revoked).rejects.toThrow(/was revoked\. Request it with another key/);
  expect(await requireStillAllowed(services, { registryId })).toBeUndefined();
  expect(STOPPING).toEqual(["tenant-suspended", "unauthorized"]);
});

test("a key's quota is changed and removed, but not by another registry, and an unknown key is named", async () => {
  const services = await testServices();
  const { registryId } = services;
  const { key } = await issueKey(services, { registryId, name: "k", scopes: ["verify"] });
  const { keyId } = key;
  const set = (audioSecondsPerDay: number | null) =>
    updateKey(services, { registryId, keyId, audioSecondsPerDay });
  expect((await set(60)).audioSecondsPerDay).toBe(60);
  expect((await services.keys.get(keyId))?.audioSecondsPerDay).toBe(60);
  expect((await set(null)).audioSecondsPerDay).toBeUndefined();
  const unknown = revokeKey(services, { registryId, keyId: "key_none" });
  await expect(unknown).rejects.toMatchObject({
    slug: "key-not-found",
    message: "No key key_none exists in this registry.",
  });
  await expect(revokeKey(services, { registryId: "reg_other", keyId })).rejects.toThrow(/No key/);
});

test("a token is read only as a whole", async () => {
  const services = await testServices();
  const { token } = await issueKey(services, { ...services, name: "k", scopes: ["verify"] });
  expect(parseToken(token)?.keyId).toMatch(/^key_/);
  for (const wrong of [`x${token}`, `${token}0`, ` ${token}`, token.slice(0, -1), "", token.slice(0, 30)])
    expect([wrong, parseToken(wrong)]).toEqual([wrong, undefined]);
});
