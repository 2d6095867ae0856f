import { expect, inject, test } from "vitest";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { policyOf } from "../support/policy.ts";
import { bindTo, unusedOf } from "../support/rights.ts";
import { playSession } from "./session.ts";

const standIns = inject("standIns");

test.skipIf(!standIns)(
  "the API needs the rights of its role in infra/, each of them and no other, for a whole session over HTTP",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { clock, open } = await awsPlace(standIns);
    const clients = standInClients(standIns);
    const used = new Set<string>();
    const policy = policyOf("ApiRole");
    bindTo(policy, used, Object.values(clients));
    const services = open({ clients });
    // The admin function makes it.
    const registry = await ensureRegistry(open(), "test");
    const { registryId } = registry;
    // The jobs have a role of their own (worker-rights.test.ts).
    const replies = await playSession({ ...services, clock, registry, registryId, folder: "" }, open());
    expect(replies.length).toBeGreaterThan(100);
    expect(replies.filter(({ status }) => status >= 500)).toEqual([]);
    // Tasks stay in this process, without a queue.
    expect(unusedOf(policy, used)).toEqual(["sqs:SendMessage"]);
  },
  300_000,
);
