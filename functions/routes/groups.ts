import { z } from "@hono/zod-openapi";
import {
  changeMembers,
  deleteGroup,
  groupMembers,
  listGroups,
  MAX_MEMBERS,
  putGroup,
  readGroup,
  setMembers,
} from "../../lib/domain/speaker/group.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import { Group, GroupMembers, GroupPage } from "../../lib/schema/speaker.ts";
import { LIST_JSON } from "../http/body/json.ts";
import { groupIdOf, Name, PageFields, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { emptyBody, jsonFields, noFields, query } from "../http/input.ts";
import { route } from "../http/route.ts";

const Settings = z.strictObject({ name: Name.nullable().optional() });
const Speakers = z.array(Speaker).max(MAX_MEMBERS);
const Members = z.strictObject({ speakers: Speakers });
const Changes = z
  .strictObject({
    add: Speakers.optional().describe("Speakers to add. Members that are already in the group are kept."),
    remove: Speakers.optional().describe("Members to remove. Speakers that aren't members are skipped."),
  })
  .refine(({ add, remove }) => add !== undefined || remove !== undefined, "Send `add` or `remove`.");
/** An ID has at most 128 characters. */
const MEMBERS_LIMITS = { ...LIST_JSON, bytes: 512 * MAX_MEMBERS, items: 4 * MAX_MEMBERS };

const group = { tag: "Groups", path: "/groups/{id}" } as const;
const members = { tag: "Groups", path: "/groups/{id}/members" } as const;
const groupKey = ({ registryId }: Registry, id: string) => ({ registryId, groupId: groupIdOf(id) });

const list = {
  operationId: "listGroups",
  summary: "List the registry's groups in order of ID",
  tag: "Groups",
  method: "get",
  path: "/groups",
  scope: "speakers:read",
  input: query(PageFields),
  reply: { description: "A page of groups", schema: GroupPage },
} as const;

export const groupRoutes = [
  route(list, async (services, { registry: { registryId }, fields }) => {
    const { items, next } = await pageOf(services, { registryId, route: list.path }, fields, (page) =>
      listGroups(services, { registryId, ...page }),
    );
    return { groups: items, next };
  }),
  route(
    {
      ...group,
      operationId: "readGroup",
      summary: "Read a group: a named subset of the registry, such as a team or a watchlist",
      method: "get",
      scope: "speakers:read",
      problems: ["group-not-found"],
      input: noFields,
      reply: { description: "The group", schema: Group },
    },
    (services, { registry, param }) => readGroup(services, groupKey(registry, param("id"))),
  ),
  route(
    {
      ...group,
      operationId: "putGroup",
      summary: "Create or rename a group; its members don't change",
      method: "put",
      scope: "speakers:write",
      problems: ["group-not-found"],
      input: jsonFields(Settings),
      reply: { description: "The updated group", schema: Group },
    },
    (services, { registry, param, fields }) =>
      putGroup(services, { ...groupKey(registry, param("id")), name: fields.name }),
  ),
  route(
    {
      ...group,
      operationId: "deleteGroup",
      summary: "Delete a group; its members stay in the registry",
      method: "delete",
      scope: "speakers:write",
      problems: ["group-not-found"],
      input: emptyBody,
      reply: { status: 204, description: "The group is deleted" },
    },
    async (services, { registry, param }) => {
      await deleteGroup(services, groupKey(registry, param("id")));
      return undefined;
    },
  ),
  route(
    {
      ...members,
      operationId: "readGroupMembers",
      summary: "List the members of a group",
      method: "get",
      scope: "speakers:read",
      problems: ["group-not-found"],
      input: noFields,
      reply: { description: "The members' IDs", schema: GroupMembers },
    },
    async (services, { registry, param }) => ({
      speakers: await groupMembers(services, groupKey(registry, param("id"))),
    }),
  ),
  route(
    {
      ...members,
      operationId: "putGroupMembers",
      summary: "Replace the members of a group, creating the group if needed",
      method: "put",
      scope: "speakers:write",
      problems: ["group-not-found", "speaker-not-found"],
      input: jsonFields(Members, { limits: MEMBERS_LIMITS }),
      reply: { description: "The updated group", schema: Group },
    },
    (services, { registry, param, fields }) =>
      setMembers(services, {
        ...groupKey(registry, param("id")),
        speakers: fields.speakers.map(speakerIdOf),
      }),
  ),
  route(
    {
      ...members,
      operationId: "changeGroupMembers",
      summary: "Add members to a group and remove others",
      method: "patch",
      scope: "speakers:write",
      problems: ["group-not-found", "speaker-not-found"],
      input: jsonFields(Changes, { limits: MEMBERS_LIMITS }),
      reply: { description: "The updated group", schema: Group },
    },
    (services, { registry, param, fields: { add, remove } }) =>
      changeMembers(services, {
        ...groupKey(registry, param("id")),
        add: add?.map(speakerIdOf),
        remove: remove?.map(speakerIdOf),
      }),
  ),
];
