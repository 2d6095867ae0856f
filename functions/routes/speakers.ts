import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import type { Services } from "../../lib/ports/services.ts";
import { queryFields } from "../http/body/audio-input.ts";
import { NoFields, parse, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { reading } from "../http/guard/guard.ts";
import { bearer, failures, idParam, queryOf, reply } from "../http/replies/describe.ts";
import { Speaker, SpeakerPage } from "../http/replies/replies.ts";

const PageFields = z.strictObject({
  limit: z.int().min(1).max(1000).optional().openapi({ description: "100 where not given." }),
  cursor: z.string().optional().openapi({ description: "`next` of the page before." }),
});

export const listSpeakersDefinition = createRoute({
  operationId: "listSpeakers",
  summary: "The registry's speakers, in order of creation",
  tags: ["Speakers"],
  method: "get",
  path: "/speakers",
  security: bearer,
  parameters: queryOf(PageFields),
  responses: { 200: reply("A page of speakers", SpeakerPage), ...failures },
});

export const readSpeakerDefinition = createRoute({
  operationId: "readSpeaker",
  summary: "One speaker; its version is the ETag",
  tags: ["Speakers"],
  method: "get",
  path: "/speakers/{id}",
  security: bearer,
  request: { params: idParam },
  responses: { 200: reply("The speaker", Speaker), ...failures },
});

export function listSpeakersRoute(services: Services) {
  const middleware = reading(services, listSpeakersDefinition, "speakers:read");
  return new OpenAPIHono<Env>().openapi({ ...listSpeakersDefinition, middleware }, async (c) => {
    const { registry } = c.var;
    const place = { registryId: registry.registryId, route: listSpeakersDefinition.path };
    const { limit, cursor } = parse(PageFields, queryFields(c));
    const after = cursor === undefined ? undefined : openCursor(services, place, cursor);
    const page = await listSpeakers(services, { registry, limit: limit ?? 100, after });
    const next = page.next === undefined ? null : sealCursor(services, place, page.next);
    return c.json(SpeakerPage.parse({ speakers: page.items, next }), 200);
  });
}

export function readSpeakerRoute(services: Services) {
  const middleware = reading(services, readSpeakerDefinition, "speakers:read");
  return new OpenAPIHono<Env>().openapi({ ...readSpeakerDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registry } = c.var;
    const speaker = await readSpeaker(services, { registry, speakerId: speakerIdOf(c.req.param("id")) });
    c.env.trace.speakerUid = speaker.uid;
    c.header("ETag", `"${speaker.version}"`);
    return c.json(Speaker.parse(speaker), 200);
  });
}
