import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import type { EnrollReply } from "../../lib/domain/replies.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { audioInput } from "../http/body/audio-input.ts";
import { Channel, Consent, Metadata, Name, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import {
  audioBody,
  bearer,
  failures,
  idempotencyKey,
  idParam,
  queryOf,
  reply,
} from "../http/replies/describe.ts";
import { Enrollment } from "../http/replies/replies.ts";

const Fields = z.strictObject({
  name: Name.optional(),
  metadata: Metadata.optional(),
  consent: Consent.optional(),
  force: z.boolean().optional().openapi({ description: "Take a clip that is unlike the others." }),
  channel: Channel.optional(),
});

export const enrollDefinition = createRoute({
  operationId: "enroll",
  summary: "Add one or more clips to a speaker, who is made where there is none",
  tags: ["Speakers"],
  method: "post",
  path: "/speakers/{id}/enroll",
  security: bearer,
  parameters: [...queryOf(Fields), idempotencyKey],
  request: { params: idParam, body: audioBody(Fields, ["audio"], true) },
  responses: { 201: reply("All clips are enrolled", Enrollment), ...failures },
});

export function enrollRoute(services: Services) {
  const middleware = guarded(services, enrollDefinition, "speakers:write", "audio");
  return new OpenAPIHono<Env>().openapi({ ...enrollDefinition, middleware }, async (c) => {
    const wanted = { names: ["audio"], most: 10 } as const;
    const { fields, clips } = await audioInput(services, c, Fields, wanted);
    const { channel, ...details } = fields;
    const enrollment = await enroll(services, {
      registry: c.var.registry,
      speakerId: speakerIdOf(c.req.param("id")),
      clips: clips.audio.map((clip) => ({ ...clip, channel: clip.channel ?? channel })),
      ...details,
    });
    c.env.trace.speakerUid = enrollment.speaker.uid;
    c.header("ETag", `"${enrollment.speaker.version}"`);
    return c.json(Enrollment.parse(shown(enrollment, c.var.key.scopes)), 201);
  });
}

/** A cosine is a score too. */
function shown(enrollment: EnrollReply, scopes: readonly Scope[]) {
  if (scopes.includes("scores:read")) return enrollment;
  const clips = enrollment.clips.map((clip) => ({
    ...clip,
    similarSpeakers: clip.similarSpeakers.map(({ id }) => ({ id, cosine: null })),
  }));
  return { ...enrollment, clips };
}
