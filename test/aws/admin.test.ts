import { expect, inject, test } from "vitest";
import { createApp } from "../../functions/app.ts";
import { answerAdmin } from "../../functions/aws/admin-request.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { policyOf } from "../support/policy.ts";
import { bindTo, unusedOf } from "../support/rights.ts";

const standIns = inject("standIns");

test.skipIf(!standIns)(
  "the admin function creates a key that opens the API, lists it and revokes it",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { open } = await awsPlace(standIns);
    const clients = standInClients(standIns);
    const [policy, used] = [policyOf("AdminRole"), new Set<string>()];
    bindTo(policy, used, Object.values(clients));
    const admin = open({ clients });
    const services = open();
    const app = createApp(services, { log: () => undefined });
    const status = async (token: string) =>
      (await app.request("/keys/self", { headers: { Authorization: `Bearer ${token}` } })).status;

    const made = await answerAdmin(admin, { do: "create-key", registry: "shop", scopes: ["verify"] });
    if (!("token" in made) || made.token === undefined) throw new Error(JSON.stringify(made));
    expect(made.key).toMatchObject({ name: "first key", scopes: ["verify"] });
    expect(await status(made.token)).toBe(200);

    const listed = await answerAdmin(admin, { do: "list-keys", registry: "shop" });
    expect(listed).toMatchObject({ keys: [{ keyId: made.key.keyId }] });
    expect(JSON.stringify(listed)).not.toContain("hash");
    expect(await answerAdmin(admin, { do: "list-keys" })).toEqual({ keys: [] });

    const { keyId } = made.key;
    // A key of another registry is unknown.
    expect(await answerAdmin(admin, { do: "revoke-key", key: keyId })).toMatchObject({
      problem: "key-not-found",
    });
    await answerAdmin(admin, { do: "revoke-key", registry: "shop", key: keyId });
    expect(await status(made.token)).toBe(401);
    const { registryId } = (await services.registries.list()).find(({ name }) => name === "shop") ?? {};
    const entries = registryId ? await services.audit.list(registryId, 1, 10) : [];
    expect(entries.map(({ operation }) => operation)).toEqual(["createKey", "revokeKey"]);
    expect(unusedOf(policy, used)).toEqual(["kms:Decrypt"]);
  },
);

test.skipIf(!standIns)("the admin function says what is wrong with a request", async () => {
  if (!standIns) throw new RangeError("no servers");
  const services = (await awsPlace(standIns)).open();
  for (const event of [
    undefined,
    {},
    { do: "erase" },
    { do: "create-key", scopes: ["everything"] },
    { do: "revoke-key", key: "1" },
  ])
    expect(await answerAdmin(services, event)).toMatchObject({ problem: "validation-failed" });
});
