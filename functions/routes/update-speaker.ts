import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { AppError } from "../../lib/error.ts";
import type { Services } from "../../lib/ports/services.ts";
import { jsonInput } from "../http/body/audio-input.ts";
import { Metadata, Name, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import {
  bearer,
  failures,
  headerParam,
  idempotencyKey,
  idParam,
  jsonBody,
  reply,
} from "../http/replies/describe.ts";
import { Speaker } from "../http/replies/replies.ts";

const Changes = z
  .strictObject({ name: Name.optional(), metadata: Metadata.optional() })
  .refine((changes) => Object.keys(changes).length > 0, "Names nothing to change.");

export const updateSpeakerDefinition = createRoute({
  operationId: "updateSpeaker",
  summary: "Change the name or replace the metadata",
  tags: ["Speakers"],
  method: "patch",
  path: "/speakers/{id}",
  security: bearer,
  parameters: [
    headerParam("If-Match", "The ETag that was read; another version is refused (412)."),
    idempotencyKey,
  ],
  request: { params: idParam, body: jsonBody(Changes) },
  responses: { 200: reply("The speaker as it is now", Speaker), ...failures },
});

export function updateSpeakerRoute(services: Services) {
  const middleware = guarded(services, updateSpeakerDefinition, "speakers:write", "fields");
  return new OpenAPIHono<Env>().openapi({ ...updateSpeakerDefinition, middleware }, async (c) => {
    const changes = jsonInput(c, Changes);
    const speaker = await updateSpeaker(services, {
      registry: c.var.registry,
      speakerId: speakerIdOf(c.req.param("id")),
      ifMatch: versionOf(c.req.header("If-Match")),
      ...changes,
    });
    c.env.trace.speakerUid = speaker.uid;
    c.header("ETag", `"${speaker.version}"`);
    return c.json(Speaker.parse(speaker), 200);
  });
}

/** One strong ETag of ours, or `*`; any other matches no version. */
function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const version = /^"([1-9]\d{0,14})"$/.exec(ifMatch.trim())?.[1];
  if (version) return Number(version);
  throw new AppError("version-mismatch", 'If-Match takes an ETag as it was read, such as "3".');
}
