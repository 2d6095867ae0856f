import { type RouteConfig, z } from "@hono/zod-openapi";
import { reply } from "../http/replies/describe.ts";
import { voiceIdOperations } from "./voice-id.ts";
import { VOICE_ID_PATH, type VoiceIdOperation } from "./voice-id-operation.ts";
import { OUTPUT_PATH, VoiceIdOutput } from "./voice-id-output.ts";

export const voiceIdSecurity = [
  "awsSignature",
  {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "An AWS signature of version 4, with the API key as access key ID; the signature itself isn't checked. " +
      "Or `Bearer vr_...`, with the API key.",
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
    ResourceType: z.enum(["BATCH_JOB", "SPEAKER", "WATCHLIST"]).optional().describe("What wasn't found."),
  })
  .openapi("VoiceIdError");

/** Every operation, with its name as the fragment of the one path. */
export const voiceIdPaths = (): RouteConfig[] => [...voiceIdOperations.map(pathOf), outputPath];

const failures = {
  400: reply("Any error of the request, of the key, or of what it is about", VoiceIdError),
  500: reply("The service has failed, or is overloaded", VoiceIdError),
};

const outputPath: RouteConfig = {
  operationId: "readOutput",
  summary: "Read the output file of a speaker enrollment job, which Voice ID wrote to S3",
  description: "Has the requests that are done. Needs the scope `speakers:write`.",
  tags: [VOICE_ID_TAG.name],
  method: "get",
  path: OUTPUT_PATH,
  security: [{ [voiceIdSecurity[0]]: [] }],
  request: { params: z.object({ jobId: z.string().describe("The job's ID.") }) },
  responses: { 200: reply("The output file", VoiceIdOutput), ...failures },
};

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
    ...failures,
  },
});
