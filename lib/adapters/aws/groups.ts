import type { Group, GroupStore } from "../../ports/speaker.ts";
import type { Random } from "../../ports/world.ts";
import { attributes, type Item, ofPartition, recordIn } from "./attributes.ts";
import { groupKey, groupsPartition } from "./keys.ts";
import type { Table } from "./table.ts";
import { putVersion } from "./versioned.ts";

/** One item a group: 2,000 members of 128 letters are 262 KB, of 400 that an item may have. */
export function dynamoGroups(table: Table, random: Pick<Random, "bytes">): GroupStore {
  return {
    async get(registryId, groupId) {
      const item = await table.get(groupKey(registryId, groupId));
      return item && groupOf(item);
    },
    async list(registryId) {
      return (await table.query(ofPartition(groupsPartition(registryId)))).map(groupOf);
    },
    put(group) {
      const { registryId, groupId, version } = group;
      const item = attributes({ ...groupKey(registryId, groupId), b: JSON.stringify(group) });
      return putVersion(table, random, item, { version, lost: `Another change of ${groupId} was first.` });
    },
  };
}

function groupOf(item: Item): Group {
  const group = recordIn<Group>(item);
  return { ...group, name: group.name ?? undefined };
}
