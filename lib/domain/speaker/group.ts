import { AppError } from "../../error.ts";
import type { GroupId, RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Group, Page } from "../../ports/speaker.ts";
import type { GroupView } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { invalid } from "../invalid.ts";

type Key = { registryId: RegistryId; groupId: GroupId };
type Needs = Pick<Services, "clock" | "groups" | "random">;

export const MAX_MEMBERS = 2000;

/** A page of groups in order of ID; `after` is the previous page's `next`. */
export async function listGroups(
  services: Pick<Services, "groups">,
  { registryId, limit, after }: { registryId: RegistryId; limit: number; after?: string | undefined },
): Promise<Page<GroupView>> {
  const found = await services.groups.list(registryId, { after, limit });
  const last = found.length < limit ? undefined : found.at(-1);
  return { items: found.map(view), next: last?.groupId };
}

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

/** Deletes a group. Its members stay in the registry. */
export function deleteGroup(services: Needs, input: Key): Promise<void> {
  return untilCommitted(services, async () => services.groups.remove(await requireGroup(services, input)));
}

/** Replaces the members, and creates the group if needed. Every member must be a speaker. */
export async function setMembers(
  services: Needs & Pick<Services, "speakers">,
  input: Key & { speakers: readonly SpeakerId[] },
): Promise<GroupView> {
  const { speakers } = input;
  await requireSpeakers(services, input, { pointer: "/speakers", speakers });
  const members = [...new Set(speakers)];
  return view(await changeGroup(services, input, (group) => ({ ...group, members })));
}

/**
 * Removes and adds members, and keeps the others. Added members must be speakers; those that aren't
 * members are not removed. Throws `group-not-found`; `validation-failed` for more than 2,000.
 */
export async function changeMembers(
  services: Needs & Pick<Services, "speakers">,
  input: Key & { add?: readonly SpeakerId[] | undefined; remove?: readonly SpeakerId[] | undefined },
): Promise<GroupView> {
  const { add = [], remove = [] } = input;
  await requireGroup(services, input);
  await requireSpeakers(services, input, { pointer: "/add", speakers: add });
  const removed = new Set(remove);
  const changed = await changeGroup(services, input, (group) => {
    if (group.version === 0) throw groupNotFound(input);
    const members = [...new Set([...group.members.filter((one) => !removed.has(one)), ...add])];
    if (members.length > MAX_MEMBERS)
      throw invalid(
        "/add",
        `A group has at most ${MAX_MEMBERS} members; this one would have ${members.length}.`,
      );
    return { ...group, members };
  });
  return view(changed);
}

/** Throws `validation-failed` with a pointer to the first ID that no speaker has. */
export async function requireSpeakers(
  services: Pick<Services, "speakers">,
  { registryId }: Pick<Key, "registryId">,
  { pointer, speakers }: { pointer: string; speakers: readonly SpeakerId[] },
): Promise<void> {
  const found = await services.speakers.getMany(registryId, speakers);
  const unknown = found.findIndex((speaker) => !speaker);
  if (unknown >= 0)
    throw invalid(`${pointer}/${unknown}`, `No speaker ${speakers[unknown]} exists in this registry.`);
}

export async function requireGroup(services: Pick<Services, "groups">, input: Key): Promise<Group> {
  const group = await services.groups.get(input.registryId, input.groupId);
  if (!group) throw groupNotFound(input);
  return group;
}

const groupNotFound = ({ groupId }: Key): AppError =>
  new AppError("group-not-found", `No group ${groupId} exists in this registry.`);

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
