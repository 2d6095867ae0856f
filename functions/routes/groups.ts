import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { groupMembers, putGroup, readGroup, setMembers } from "../../lib/domain/speaker/group.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import { groupIdOf, Name, NoFields, parse, Speaker, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { bearer, failures, idempotencyKey, idParam, jsonBody, reply } from "../http/replies/describe.ts";
import { Group, GroupMembers } from "../http/replies/replies.ts";

const MOST_MEMBERS = 2000;
const Settings = z.strictObject({ name: Name.nullable().optional() });
const Members = z.strictObject({ speakers: z.array(Speaker).max(MOST_MEMBERS) });

export const readGroupDefinition = createRoute({
  operationId: "readGroup",
  summary: "A named subset of the registry: a team, a watchlist",
  tags: ["Groups"],
  method: "get",
  path: "/groups/{id}",
  security: bearer,
  request: { params: idParam },
  responses: { 200: reply("The group", Group), ...failures },
});

export const putGroupDefinition = createRoute({
  operationId: "putGroup",
  summary: "Make a group, or rename it; its members stay",
  tags: ["Groups"],
  method: "put",
  path: "/groups/{id}",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: idParam, body: jsonBody(Settings) },
  responses: { 200: reply("The group as it is now", Group), ...failures },
});

export const readMembersDefinition = createRoute({
  operationId: "readGroupMembers",
  summary: "Who is in the group",
  tags: ["Groups"],
  method: "get",
  path: "/groups/{id}/members",
  security: bearer,
  request: { params: idParam },
  responses: { 200: reply("Their ids", GroupMembers), ...failures },
});

export const putMembersDefinition = createRoute({
  operationId: "putGroupMembers",
  summary: "Replace the whole list of members; makes the group where there is none",
  tags: ["Groups"],
  method: "put",
  path: "/groups/{id}/members",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: idParam, body: jsonBody(Members) },
  responses: { 200: reply("The group as it is now", Group), ...failures },
});

export function readGroupRoute(services: Services) {
  const middleware = reading(services, readGroupDefinition, "speakers:read");
  return new OpenAPIHono<Env>().openapi({ ...readGroupDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const group = await readGroup(services, { registryId, groupId: groupIdOf(c.req.param("id")) });
    return c.json(Group.parse(group), 200);
  });
}

export function putGroupRoute(services: Services) {
  const middleware = guarded(services, putGroupDefinition, "speakers:write", "fields");
  return new OpenAPIHono<Env>().openapi({ ...putGroupDefinition, middleware }, async (c) => {
    const { name } = jsonInput(c, Settings);
    const { registryId } = c.var.registry;
    const group = await putGroup(services, { registryId, groupId: groupIdOf(c.req.param("id")), name });
    return c.json(Group.parse(group), 200);
  });
}

export function readMembersRoute(services: Services) {
  const middleware = reading(services, readMembersDefinition, "speakers:read");
  return new OpenAPIHono<Env>().openapi({ ...readMembersDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const speakers = await groupMembers(services, { registryId, groupId: groupIdOf(c.req.param("id")) });
    return c.json(GroupMembers.parse({ speakers }), 200);
  });
}

export function putMembersRoute(services: Services) {
  const middleware = guarded(services, putMembersDefinition, "speakers:write", "fields");
  return new OpenAPIHono<Env>().openapi({ ...putMembersDefinition, middleware }, async (c) => {
    const { speakers } = jsonInput(c, Members);
    const group = await setMembers(services, {
      registryId: c.var.registry.registryId,
      groupId: groupIdOf(c.req.param("id")),
      speakers: speakers.map(speakerIdOf),
    });
    return c.json(Group.parse(group), 200);
  });
}
