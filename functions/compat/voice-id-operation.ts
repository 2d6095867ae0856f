import type { z } from "@hono/zod-openapi";
import type { Services } from "../../lib/ports/services.ts";
import { parseJson } from "../http/body/json.ts";
import { parse } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import type { CompatRequest, Operation } from "./dialect.ts";
import type { PageFields } from "./voice-id-shapes.ts";

export const VOICE_ID_PATH = "/compat/voice-id";

/** An operation with what the OpenAPI document says about it. */
export type VoiceIdOperation = Operation & {
  /** In the header `X-Amz-Target`, after `VoiceID.`. */
  name: string;
  summary: string;
  input: z.ZodType;
  reply: z.ZodType;
};

type Spec<Input extends z.ZodType, Reply extends z.ZodType<object>> = Pick<
  VoiceIdOperation,
  "audio" | "audit" | "operationId" | "scope" | "summary"
> & {
  /** Fields of later versions are ignored, as AWS does. */
  input: Input;
  reply: Reply;
  handle(services: Services, request: CompatRequest & { fields: z.output<Input> }): Promise<z.input<Reply>>;
};

/**
 * Returns an operation of Voice ID: it reads the fields of its input and sends those of its reply.
 */
export const operation = <Input extends z.ZodType, Reply extends z.ZodType<object>>(
  name: string,
  { handle, ...spec }: Spec<Input, Reply>,
): VoiceIdOperation => ({
  ...spec,
  name,
  route: `${VOICE_ID_PATH}#${name}`,
  async handle(services, request) {
    const fields = parse(spec.input, parseJson(request.body));
    return request.c.json(spec.reply.parse(await handle(services, { ...request, fields })));
  },
});

/** Reads a page of a list, and says where the next one starts as Voice ID does. */
export async function voiceIdPage<T>(
  services: Services,
  { registry: { registryId }, fields }: CompatRequest & { fields: z.output<typeof PageFields> },
  name: string,
  read: Parameters<typeof pageOf<T>>[3],
): Promise<{ items: readonly T[]; following: { NextToken?: string } }> {
  const paging = { limit: fields.MaxResults, cursor: fields.NextToken };
  const place = { registryId, route: `${VOICE_ID_PATH}#${name}` };
  const { items, next } = await pageOf(services, place, paging, read);
  return { items, following: next === null ? {} : { NextToken: next } };
}
