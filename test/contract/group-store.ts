import { describe, expect, test } from "vitest";
import { parseGroupId } from "../../lib/id.ts";
import type { Group } from "../../lib/ports/speaker.ts";
import { ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

const group = (id: string, version: number, given: Partial<Group> = {}): Group => {
  const groupId = parseGroupId(id);
  if (!groupId) throw new RangeError(id);
  return {
    registryId: HERE,
    groupId,
    members: [speakerId("max"), speakerId("ann")],
    version,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    ...given,
  };
};

export function groupStoreContract(open: OpenStore): void {
  describe("group store", () => {
    test("returns a group as it was put, only in its own registry; an absent one is undefined", async () => {
      const { one, other } = await open();
      const team = group("team", 1, { name: "Team" });
      expect(await one.groups.get(HERE, team.groupId)).toBeUndefined();
      await one.groups.put(team);
      expect(await other.groups.get(HERE, team.groupId)).toStrictEqual(team);
      expect(await other.groups.get(ELSEWHERE, team.groupId)).toBeUndefined();
    });

    test("lists the registry's groups in order of ID", async () => {
      const { one, other } = await open();
      for (const each of [group("b", 1), group("a", 1), group("far", 1, { registryId: ELSEWHERE })])
        await one.groups.put(each);
      expect(await other.groups.list(HERE)).toStrictEqual([group("a", 1), group("b", 1)]);
      expect(await other.groups.list("reg_none")).toEqual([]);
    });

    test("lists a page after an ID, up to the limit", async () => {
      const { one, other } = await open();
      for (const id of ["a", "b", "c"]) await one.groups.put(group(id, 1));
      const page = await other.groups.list(HERE, { after: "a", limit: 1 });
      expect(page).toStrictEqual([group("b", 1)]);
      expect(await other.groups.list(HERE, { after: "b" })).toStrictEqual([group("c", 1)]);
    });

    test("removes a group only at its version, and its ID can then be used again", async () => {
      const { one, other } = await open();
      await one.groups.put(group("team", 1));
      await one.groups.put(group("team", 2));
      await expect(other.groups.remove(group("team", 1))).rejects.toMatchObject({ slug: "write-contention" });
      expect(await one.groups.get(HERE, group("team", 2).groupId)).toMatchObject({ version: 2 });
      await other.groups.remove(group("team", 2));
      expect(await one.groups.get(HERE, group("team", 2).groupId)).toBeUndefined();
      await one.groups.put(group("team", 1));
      expect(await other.groups.list(HERE)).toHaveLength(1);
    });

    test("accepts a change only over the version before it", async () => {
      const { one, other } = await open();
      const refused = { slug: "write-contention" };
      await expect(one.groups.put(group("team", 2))).rejects.toMatchObject(refused);
      await one.groups.put(group("team", 1));
      await other.groups.put(group("team", 2, { members: [] }));
      for (const version of [1, 2, 4])
        await expect(one.groups.put(group("team", version))).rejects.toMatchObject(refused);
      expect(await one.groups.get(HERE, group("team", 2).groupId)).toMatchObject({ version: 2, members: [] });
    });
  });
}
