import { expect, inject, test } from "vitest";
import { updateKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { bytesOf, clientOf, wav } from "../functions/client.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { meterOf } from "../support/capacity.ts";

const standIns = inject("standIns");

test.skipIf(!standIns)(
  "an accept reads six units and writes three: its request, its decision and its probe",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { clock, open } = await awsPlace(standIns);
    const clients = standInClients(standIns);
    const services = open({ clients });
    const registry = await ensureRegistry(services, "test");
    const { registryId } = registry;
    const c = await clientOf({ ...services, clock, registry, registryId, folder: "" });
    const sent = (path: string, text: string) => c.call("POST", path, { headers: wav, body: bytesOf(text) });
    await sent("/speakers/ann/enroll", "voice=ann take=1");
    const metered = meterOf(clients.dynamodb);
    const { result, ...used } = await metered(() => sent("/verify?speaker=ann", "voice=ann take=2"));
    expect(result.body.decision).toBe("accept");
    // Reads key, registry, two minutes of requests, speaker, its clips with its rejects; earlier
    // probes with the rejects again. Counts the request and stores the decision and the probe's
    // fingerprint.
    expect(used.calls.map((call) => call.split(" ")[0]).toSorted()).toEqual([
      ...Array(5).fill("GetItem"),
      ...["PutItem", "PutItem"],
      ...["Query", "Query"],
      "UpdateItem",
    ]);
    expect([used.read, used.write]).toEqual([6, 3]);

    // A function with requests in each second counts several at once.
    for (let i = 0; i < 40; i++) await sent("/verify?speaker=ann", `voice=ann take=${i + 10}`);
    const busy = await metered(async () => {
      for (let i = 0; i < 10; i++) await sent("/verify?speaker=ann", `voice=ann take=${i + 50}`);
    });
    expect(busy.write).toBeLessThanOrEqual(22);

    clock.advance(120);
    const [key] = await services.keys.list(registryId);
    if (!key) throw new RangeError("no key");
    await updateKey(services, { registryId, keyId: key.keyId, audioSecondsPerDay: 20 });
    const take = (n: number) => metered(() => sent("/verify?speaker=ann", `voice=ann take=${n}`));
    const [counted, , refused] = [await take(3), await take(4), await take(5)];
    // The quota of a key costs one unit.
    expect(counted.write).toBe(used.write + 1);
    expect(refused.result.status).toBe(429);
  },
);
