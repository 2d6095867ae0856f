import type { Active, ActiveStore } from "../../ports/calibration.ts";
import type { Random } from "../../ports/world.ts";
import { attributes, type Item, recordIn } from "./attributes.ts";
import { activeKey } from "./keys.ts";
import type { Table } from "./table.ts";
import { putVersion } from "./versioned.ts";

export function dynamoActive(table: Table, random: Pick<Random, "bytes">): ActiveStore {
  return {
    async get(registryId, modelId) {
      const item = await table.get(activeKey(registryId, modelId));
      return item && activeOf(item);
    },
    put(active) {
      const { registryId, modelId, version } = active;
      const item = attributes({ ...activeKey(registryId, modelId), b: JSON.stringify(active) });
      const lost = "Another change of cohort or calibration was first.";
      return putVersion(table, random, item, { version, lost });
    },
  };
}

/** JSON leaves out what is undefined. */
function activeOf(item: Item): Active {
  const active = recordIn<Active>(item);
  const { activeCohort, previousCohort, activeCalibration, previousCalibration } = active;
  return { ...active, activeCohort, previousCohort, activeCalibration, previousCalibration };
}
