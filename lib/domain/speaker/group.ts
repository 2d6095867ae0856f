import { AppError } from "../../error.ts";
import type { GroupId, RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Group } from "../../ports/speaker.ts";
import type { GroupView } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { invalid } from "../invalid.ts";

type Key = { registryId: RegistryId; groupId: GroupId };
type Needs = Pick<Services, "clock" | "groups" | "random">;

/** Creates or renames a group, and keeps its members. A null name removes the name. */
export async function putGroup(
  services: Needs,
  input: Key & { name?: string | null | undefined },
): Promise<GroupView> {
  return view(
    await changeGroup(services, input, (group) => ({
      ...group,
      name: input.name === undefined ? group.name : (input.name ?? undefined),
    })),
  );
}

export async function readGroup(services: Pick<Services, "groups">, input: Key): Promise<GroupView> {
  return view(await requireGroup(services, input));
}

/** The members in the order they were set. */
export async function groupMembers(
  services: Pick<Services, "groups">,
  input: Key,
): Promise<readonly SpeakerId[]> {
  return (await requireGroup(services, input)).members;
}

/** Replaces the members, and creates the group if needed. Every member must be a speaker. */
export async function setMembers(
  services: Needs & Pick<Services, "speakers">,
  input: Key & { speakers: readonly SpeakerId[] },
): Promise<GroupView> {
  const { registryId, speakers } = input;
  const found = await services.speakers.getMany(registryId, speakers);
  const unknown = found.findIndex((speaker) => !speaker);
  if (unknown >= 0)
    throw invalid(`/speakers/${unknown}`, `No speaker ${speakers[unknown]} exists in this registry.`);
  const members = [...new Set(speakers)];
  return view(await changeGroup(services, input, (group) => ({ ...group, members })));
}

export async function requireGroup(services: Pick<Services, "groups">, input: Key): Promise<Group> {
  const group = await services.groups.get(input.registryId, input.groupId);
  if (!group) throw new AppError("group-not-found", `No group ${input.groupId} exists in this registry.`);
  return group;
}

/** Removes an erased speaker from every group. Resolves to the number of changed groups. */
export async function leaveGroups(
  services: Needs,
  { registryId, speakerId }: { registryId: RegistryId; speakerId: SpeakerId },
): Promise<number> {
  const groups = (await services.groups.list(registryId)).filter(({ members }) =>
    members.includes(speakerId),
  );
  for (const { groupId } of groups)
    await changeGroup(services, { registryId, groupId }, (group) => ({
      ...group,
      members: group.members.filter((one) => one !== speakerId),
    }));
  return groups.length;
}

function changeGroup(services: Needs, key: Key, change: (group: Group) => Group): Promise<Group> {
  return untilCommitted(services, async () => {
    const now = services.clock.now().toISOString();
    const existing = await services.groups.get(key.registryId, key.groupId);
    const { registryId, groupId } = key;
    const before = existing ?? {
      registryId,
      groupId,
      name: undefined,
      members: [],
      version: 0,
      createdAt: now,
    };
    const next = { ...change({ ...before, updatedAt: now }), version: before.version + 1 };
    await services.groups.put(next);
    return next;
  });
}

const view = ({ groupId, name, members, version, createdAt, updatedAt }: Group): GroupView => ({
  id: groupId,
  name: name ?? null,
  members: members.length,
  version,
  createdAt,
  updatedAt,
});
