import { type RouteConfig, z } from "@hono/zod-openapi";
import { reply } from "../http/replies/describe.ts";
import { voiceIdOperations } from "./voice-id.ts";
import { VOICE_ID_PATH, type VoiceIdOperation } from "./voice-id-operation.ts";

export const voiceIdSecurity = [
  "awsSignature",
  {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "An AWS signature of version 4, with the API key as access key ID. The signature itself isn't checked.",
    ...{ "x-amazon-apigateway-authtype": "awsSigv4" },
  },
] as const;

export const VOICE_ID_TAG = {
  name: "Voice ID",
  description:
    `Amazon Connect Voice ID (AWS JSON 1.0). The endpoint is \`${VOICE_ID_PATH}\`. All operations have the same ` +
    "path: the header `X-Amz-Target` names the operation. The fragments of the paths only keep the operations " +
    "of this document apart; clients don't send them.",
};

const VoiceIdError = z
  .object({
    __type: z
      .enum([
        "AccessDeniedException",
        "ConflictException",
        "InternalServerException",
        "ResourceNotFoundException",
        "ThrottlingException",
        "ValidationException",
      ])
      .describe("The exception's name. The header `x-amzn-ErrorType` has it, too."),
    message: z.string().describe("What is wrong and what to do about it, for a person."),
    Message: z.string().describe("The same."),
    ResourceType: z.enum(["SPEAKER", "WATCHLIST"]).optional().describe("What wasn't found."),
  })
  .openapi("VoiceIdError");

/** Every operation, with its name as the fragment of the one path. */
export const voiceIdPaths = (): RouteConfig[] => voiceIdOperations.map(pathOf);

const pathOf = ({ name, summary, scope, input, reply: schema }: VoiceIdOperation): RouteConfig => ({
  operationId: name,
  summary,
  description: `Needs the scope \`${scope}\`.`,
  tags: [VOICE_ID_TAG.name],
  method: "post",
  path: `${VOICE_ID_PATH}#${name}`,
  security: [{ [voiceIdSecurity[0]]: [] }],
  request: {
    headers: z.object({ "X-Amz-Target": z.literal(`VoiceID.${name}`).describe("The operation.") }),
    body: { required: true, content: { "application/x-amz-json-1.0": { schema: input } } },
  },
  responses: {
    200: reply("It is done", schema),
    400: reply("Any error of the request, of the key, or of what it is about", VoiceIdError),
    500: reply("The service has failed, or is overloaded", VoiceIdError),
  },
});
