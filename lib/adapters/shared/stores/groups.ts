import type { GroupId, RegistryId } from "../../../id.ts";
import type { Group, GroupStore } from "../../../ports/speaker.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";

/** A group of 2,000 members with IDs of 128 characters is 262 KB. */
export function groupStore(documents: Documents): GroupStore {
  return {
    async get(registryId, groupId) {
      const document = await documents.get({ kind: "group", owner: registryId, id: groupId });
      return document && groupOf(registryId, document);
    },
    async list(registryId, { after, limit } = {}) {
      const page = { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) };
      const found = await documents.list({ kind: "group", owner: registryId }, page);
      return found.map((document) => groupOf(registryId, document));
    },
    async put({ registryId, groupId, version, ...body }) {
      const document = { kind: "group", owner: registryId, id: groupId, version, body } as const;
      if (!(await documents.putVersion(document)))
        throw contention(`Another request changed the group "${groupId}" first. Try again.`);
    },
    async remove({ registryId, groupId, version }) {
      const key = { kind: "group", owner: registryId, id: groupId } as const;
      await documents.remove({ ...key, version });
      // A backend removes nothing, without saying so, if another request was faster.
      if (await documents.get(key))
        throw contention(`Another request changed the group "${groupId}" first. Try again.`);
    },
  };
}

function groupOf(registryId: RegistryId, { id, version, body }: Document): Group {
  const rest = body as Omit<Group, "groupId" | "registryId" | "version">;
  return { ...rest, registryId, groupId: id as GroupId, version };
}
