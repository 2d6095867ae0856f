import { expect, inject, test } from "vitest";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { bytesOf, clientOf, wav } from "../functions/client.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { meterOf } from "../support/capacity.ts";

const standIns = inject("standIns");

test.skipIf(!standIns)(
  "a verify reads nothing twice: it takes ten units, one of them for the speaker, and writes seven",
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
    const { result, ...used } = await meterOf(clients.dynamodb)(() =>
      sent("/verify?speaker=ann", "voice=ann take=2"),
    );
    expect(result.body.decision).toBe("accept");
    // Reads key, registry, two minutes of requests, active choice, rejects, speaker and clips. Then
    // counts the request and a reject, clears it, and stores the decision.
    expect(used.calls.map((call) => call.split(" ")[0]).toSorted()).toEqual([
      "DeleteItem",
      "DeleteItem",
      ...Array(9).fill("GetItem"),
      "PutItem",
      "Query",
      "UpdateItem",
      "UpdateItem",
      "UpdateItem",
    ]);
    // The decision of this small model is one unit. A real one is up to 2 KB: docs/deploy.md.
    expect([used.read, used.write]).toEqual([10, 7]);
  },
);
