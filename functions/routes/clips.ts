import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { deleteClip, listClips } from "../../lib/domain/speaker/clip.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput, queryFields } from "../http/body/audio-input.ts";
import { clipIdOf, NoFields, parse, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded, reading } from "../http/guard/guard.ts";
import { bearer, clipParams, failures, idempotencyKey, idParam, reply } from "../http/replies/describe.ts";
import { ClipList, Speaker } from "../http/replies/replies.ts";

export const listClipsDefinition = createRoute({
  operationId: "listClips",
  summary: "What a voiceprint is made of",
  tags: ["Speakers"],
  method: "get",
  path: "/speakers/{id}/clips",
  security: bearer,
  request: { params: idParam },
  responses: { 200: reply("The clips, in the order they were enrolled", ClipList), ...failures },
});

export const deleteClipDefinition = createRoute({
  operationId: "deleteClip",
  summary: "Take a clip out of the voiceprint, exactly",
  tags: ["Speakers"],
  method: "delete",
  path: "/speakers/{id}/clips/{clipId}",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: clipParams },
  responses: { 200: reply("The speaker as it is now", Speaker), ...failures },
});

export function listClipsRoute(services: Services) {
  const middleware = reading(services, listClipsDefinition, "speakers:read");
  return new OpenAPIHono<Env>().openapi({ ...listClipsDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const clips = await listClips(services, { registryId, speakerId: speakerIdOf(c.req.param("id")) });
    return c.json(ClipList.parse({ clips }), 200);
  });
}

export function deleteClipRoute(services: Services) {
  const middleware = guarded(services, deleteClipDefinition, "speakers:write", "empty");
  return new OpenAPIHono<Env>().openapi({ ...deleteClipDefinition, middleware }, async (c) => {
    jsonInput(c, NoFields);
    const speaker = await deleteClip(services, {
      registry: c.var.registry,
      speakerId: speakerIdOf(c.req.param("id")),
      clipId: clipIdOf(c.req.param("clipId")),
    });
    c.env.trace.speakerUid = speaker.uid;
    c.header("ETag", `"${speaker.version}"`);
    return c.json(Speaker.parse(speaker), 200);
  });
}
