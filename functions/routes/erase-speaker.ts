import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { eraseSpeaker, optOut, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput } from "../http/body/audio-input.ts";
import { NoFields, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import { bearer, failures, idempotencyKey, idParam, reply } from "../http/replies/describe.ts";
import { Speaker } from "../http/replies/replies.ts";

export const eraseSpeakerDefinition = createRoute({
  operationId: "eraseSpeaker",
  summary: "Erase clips, voiceprint, name and everything else of a speaker",
  tags: ["Speakers"],
  method: "delete",
  path: "/speakers/{id}",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: idParam },
  responses: {
    204: {
      description: "Erased",
      headers: {
        "Erasure-Receipt": {
          description: 'JSON: {"uid", "clips", "at"}: what was erased, and when',
          schema: { type: "string" as const },
        },
      },
    },
    ...failures,
  },
});

export const resetSpeakerDefinition = createRoute({
  operationId: "resetSpeaker",
  summary: "Start over: no clips, no lock, the same speaker",
  tags: ["Speakers"],
  method: "post",
  path: "/speakers/{id}/reset",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: idParam },
  responses: { 200: reply("The speaker as it is now", Speaker), ...failures },
});

export const optOutDefinition = createRoute({
  operationId: "optOut",
  summary: "Refuse this person from now on, known or not",
  tags: ["Speakers"],
  method: "post",
  path: "/speakers/{id}/opt-out",
  security: bearer,
  parameters: [idempotencyKey],
  request: { params: idParam },
  responses: { 200: reply("The speaker as it is now", Speaker), ...failures },
});

export function eraseSpeakerRoute(services: Services) {
  const middleware = guarded(services, eraseSpeakerDefinition, "speakers:write", "empty");
  return new OpenAPIHono<Env>().openapi({ ...eraseSpeakerDefinition, middleware }, async (c) => {
    jsonInput(c, NoFields);
    const { registryId } = c.var.registry;
    const receipt = await eraseSpeaker(services, { registryId, speakerId: speakerIdOf(c.req.param("id")) });
    c.env.trace.speakerUid = receipt.uid;
    c.header("Erasure-Receipt", JSON.stringify(receipt));
    return c.body(null, 204);
  });
}

export function resetSpeakerRoute(services: Services) {
  const middleware = guarded(services, resetSpeakerDefinition, "speakers:write", "empty");
  return new OpenAPIHono<Env>().openapi({ ...resetSpeakerDefinition, middleware }, async (c) => {
    jsonInput(c, NoFields);
    const { registry } = c.var;
    const speaker = await resetSpeaker(services, { registry, speakerId: speakerIdOf(c.req.param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    return c.json(Speaker.parse(speaker), 200);
  });
}

export function optOutRoute(services: Services) {
  const middleware = guarded(services, optOutDefinition, "speakers:write", "empty");
  return new OpenAPIHono<Env>().openapi({ ...optOutDefinition, middleware }, async (c) => {
    jsonInput(c, NoFields);
    const { registry } = c.var;
    const speaker = await optOut(services, { registry, speakerId: speakerIdOf(c.req.param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    return c.json(Speaker.parse(speaker), 200);
  });
}
