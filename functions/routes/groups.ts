import { z } from "@hono/zod-openapi";
import { groupMembers, putGroup, readGroup, setMembers } from "../../lib/domain/speaker/group.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import { Group, GroupMembers } from "../../lib/schema/speaker.ts";
import { LIST_JSON } from "../http/body/json.ts";
import { groupIdOf, Name, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const MAX_MEMBERS = 2000;
const Settings = z.strictObject({ name: Name.nullable().optional() });
const Members = z.strictObject({ speakers: z.array(Speaker).max(MAX_MEMBERS) });
/** An ID has at most 128 characters. */
const MEMBERS_LIMITS = { ...LIST_JSON, bytes: 256 * MAX_MEMBERS, items: 2 * MAX_MEMBERS };

const group = { tag: "Groups", path: "/groups/{id}" } as const;
const members = { tag: "Groups", path: "/groups/{id}/members" } as const;
const groupKey = ({ registryId }: Registry, id: string) => ({ registryId, groupId: groupIdOf(id) });

export const groupRoutes = [
  route(
    {
      ...group,
      operationId: "readGroup",
      summary: "Read a group: a named subset of the registry, such as a team or a watchlist",
      method: "get",
      scope: "speakers:read",
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
      input: jsonFields(Settings),
      reply: { description: "The updated group", schema: Group },
    },
    (services, { registry, param, fields }) =>
      putGroup(services, { ...groupKey(registry, param("id")), name: fields.name }),
  ),
  route(
    {
      ...members,
      operationId: "readGroupMembers",
      summary: "List the members of a group",
      method: "get",
      scope: "speakers:read",
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
      input: jsonFields(Members, { limits: MEMBERS_LIMITS }),
      reply: { description: "The updated group", schema: Group },
    },
    (services, { registry, param, fields }) =>
      setMembers(services, {
        ...groupKey(registry, param("id")),
        speakers: fields.speakers.map(speakerIdOf),
      }),
  ),
];
