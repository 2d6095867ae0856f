import { expect, test } from "vitest";
import { authenticate, issueKey, listKeys, revokeKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { formatToken, parseToken } from "../../lib/domain/registry/token.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { refusal, slugOf } from "./asking.ts";

const issue = (services: TestServices, expiresAt?: string) =>
  issueKey(services, { registryId: services.registryId, name: "app", scopes: ["verify"], expiresAt });

test("a token authenticates for its registry and scopes, and is not in the store", async () => {
  const services = await testServices();
  const { key, token } = await issue(services);
  const opened = await authenticate(services, token);
  expect(opened).toMatchObject({ key: { scopes: ["verify"] }, registry: { name: "test" } });
  const secret = token.split("_")[2].slice(0, 52);
  expect(JSON.stringify(await services.keys.get(key.keyId))).not.toContain(secret);
  expect(key.hash).toMatch(/^[0-9a-f]{64}$/);
});

test("a token has 256 secret bits and a checksum that detects a typo", async () => {
  const services = await testServices();
  const { token } = await issue(services);
  expect(token).toMatch(/^vr_[0-9a-z]{16}_[0-9a-z]{52}[0-9a-f]{8}$/);
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === "0" ? "1" : "0";
    expect(parseToken(token.slice(0, i) + other + token.slice(i + 1))).toBeUndefined();
  }
});

test("every cause of a failed authentication gives the same error", async () => {
  const services = await testServices();
  const { key, token } = await issue(services);
  const revoked = await issue(services);
  await revokeKey(services, { registryId: services.registryId, keyId: revoked.key.keyId });
  const expired = await issue(services, "2026-01-01T00:00:00.000Z");
  const secret = parseToken(token)?.secret ?? "";
  const answers = [];
  for (const bad of [
    "",
    token.replace("vr_", "xx_"),
    `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`,
    formatToken("key_0000000000000000", secret),
    formatToken(key.keyId, "0".repeat(52)),
    revoked.token,
    expired.token,
    `${token} `,
    "x".repeat(10_000),
  ]) {
    const { slug, message, errors } = await refusal(authenticate(services, bad));
    answers.push({ slug, message, errors });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0].slug).toBe("unauthorized");
  expect(await slugOf(authenticate(services, token))).toBe("done");
});

test("a key expires exactly at its expiry time", async () => {
  const services = await testServices();
  const { token } = await issue(services, "2026-01-01T00:01:00.000Z");
  services.clock.advance(59);
  expect(await slugOf(authenticate(services, token))).toBe("done");
  services.clock.advance(1);
  expect(await slugOf(authenticate(services, token))).toBe("unauthorized");
});

test("rejects a token under another pepper", async () => {
  const services = await testServices();
  const { token } = await issue(services);
  const moved = { ...services, secret: new Uint8Array(32) };
  expect(await slugOf(authenticate(moved, token))).toBe("unauthorized");
});

test("reports a suspended registry to its own keys only", async () => {
  const services = await testServices();
  const { key, token } = await issue(services);
  await updateRegistry(services, { registryId: services.registryId, suspended: true });
  expect(await slugOf(authenticate(services, token))).toBe("tenant-suspended");
  const forged = formatToken(key.keyId, "0".repeat(52));
  expect(await slugOf(authenticate(services, forged))).toBe("unauthorized");
  await updateRegistry(services, { registryId: services.registryId, suspended: false });
  expect(await slugOf(authenticate(services, token))).toBe("done");
});

test("a registry lists and revokes its own keys only; revoking again keeps the first time", async () => {
  const services = await testServices();
  const { key } = await issue(services);
  const { registryId } = services;
  const other = await ensureRegistry(services, "other");
  expect(await listKeys(services, { registryId: other.registryId })).toEqual([]);
  const foreign = revokeKey(services, { registryId: other.registryId, keyId: key.keyId });
  expect(await slugOf(foreign)).toBe("key-not-found");
  const revoked = await revokeKey(services, { registryId, keyId: key.keyId });
  services.clock.advance(60);
  expect(await revokeKey(services, { registryId, keyId: key.keyId })).toEqual(revoked);
  expect(await listKeys(services, { registryId })).toEqual([revoked]);
});

test("creates one registry per name, in parallel too, and keeps its settings", async () => {
  const services = await testServices();
  const made = await Promise.all(Array.from({ length: 5 }, () => ensureRegistry(services, "acme")));
  expect(new Set(made.map((registry) => registry.registryId)).size).toBe(1);
  const { registryId } = made[0];
  await updateRegistry(services, { registryId, settings: { far: 0.001 } });
  expect(await ensureRegistry(services, "acme")).toMatchObject({
    settings: { far: 0.001, enrollSpeechSeconds: 20 },
  });
  expect((await services.registries.list()).map((registry) => registry.name)).toEqual(["acme", "test"]);
});
