import { expect, inject, test } from "vitest";
import { identify } from "../../lib/domain/decision/identify.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import type { Gallery } from "../../lib/ports/gallery.ts";
import { enrollTakes, enrollText, named } from "../domain/asking.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { meterOf } from "../support/capacity.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const standIns = inject("standIns");

test.skipIf(!standIns)(
  "rereads every candidate, and drops speakers who were erased, opted out or enrolled again since the search",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { clock, open } = await awsPlace(standIns);
    const clients = standInClients(standIns);
    const services = open({ clients });
    const registry = await ensureRegistry(services, "test");
    const { registryId } = registry;
    const other = { ...open(), clock, registry, registryId, folder: "" };
    for (const name of ["ann", "max", "eve", "bob"]) await enrollTakes(other, name, 4);
    const meter = meterOf(clients.dynamodb);
    /**
     * Runs `meanwhile` in another process between the search and the reply, and records the units
     * of the reads after it.
     */
    async function ask(meanwhile: () => Promise<unknown>) {
      const gallery: Gallery = {
        async search(...asked) {
          const found = await services.gallery.search(...asked);
          await meanwhile();
          return found;
        },
      };
      const clip = fakeClip("voice=ann take=9");
      const { result, calls } = await meter(() => identify({ ...services, gallery }, { registry, clip }));
      const names = result.candidates.map(({ speaker }) => speaker as string).toSorted();
      return { names, decision: result.decision, reread: calls.findLast((call) => /^BatchGet/.test(call)) };
    }
    // A speaker is one unit, and half of one where it is not read strongly.
    expect(await ask(async () => {})).toEqual({
      names: ["ann", "bob", "eve", "max"],
      decision: "match",
      reread: "BatchGetItem 4",
    });
    const gone = await ask(async () => {
      await eraseSpeaker(other, named(other, "ann"));
      await optOut(other, named(other, "max"));
      await eraseSpeaker(other, named(other, "bob"));
      await enrollText(other, "bob", ["voice=another"]);
    });
    expect(gone).toMatchObject({ names: ["eve"], decision: "unknown" });
  },
  60_000,
);
