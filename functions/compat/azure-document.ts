import { type RouteConfig, z } from "@hono/zod-openapi";
import { reply } from "../http/replies/describe.ts";
import { azureOperations } from "./azure.ts";
import type { AzureOperation } from "./azure-operation.ts";
import { DECISION_HEADER, ProfileId } from "./azure-shapes.ts";

export const azureSecurity = [
  "azureKey",
  {
    type: "apiKey",
    in: "header",
    name: "Ocp-Apim-Subscription-Key",
    description: "An API key, `vr_...`.",
  },
] as const;

const [NEWER, OLDER] = ["Azure 2021-09-05", "Azure 2.0"] as const;
export const AZURE_TAGS = [
  {
    name: NEWER,
    description: "Azure Speaker Recognition, version 2021-09-05. The endpoint is `/compat/azure`.",
  },
  {
    name: OLDER,
    description:
      "Azure Speaker Recognition, version 2.0. Names of lengths have no unit; the lengths are in seconds.",
  },
];

const AzureError = z
  .object({
    error: z
      .object({
        code: z
          .enum([
            "InvalidRequest",
            "Unauthorized",
            "Forbidden",
            "NotFound",
            "TooManyRequests",
            "InternalServerError",
          ])
          .describe("What kind of error it is."),
        message: z.string().describe("What is wrong and what to do about it, for a person."),
      })
      .describe("The error."),
  })
  .openapi("AzureError");

const FAILURES = {
  400: "The request, the audio, or the state of the profile is unfit",
  401: "The key is missing or wrong",
  403: "The key lacks the scope of the operation",
  404: "The profile doesn't exist",
  429: "Too many requests, or too many failed attempts. `Retry-After` has the seconds to wait",
  "5XX": "The service has failed, or is overloaded",
};

/** Every operation, as each of the two versions writes it. */
export const azurePaths = (): RouteConfig[] =>
  [false, true].flatMap((v2) => azureOperations.map((operation) => pathOf(operation, v2)));

function pathOf({ name, summary, scope, path, method, ...spec }: AzureOperation, v2: boolean): RouteConfig {
  const base = v2
    ? "/compat/azure/speaker/{mode}/v2.0/text-independent"
    : "/compat/azure/speaker-recognition/{mode}/text-independent";
  const body = bodyOf(spec.body);
  return {
    operationId: v2 ? `${name}V2` : name,
    summary,
    description: `Needs the scope \`${scope}\`.`,
    tags: [v2 ? OLDER : NEWER],
    method: method === "GET" ? "get" : method === "POST" ? "post" : "delete",
    path: `${base}/${v2 ? path.replaceAll(":", "/") : path}`,
    security: [{ [azureSecurity[0]]: [] }],
    request: {
      params: paramsOf(path),
      query: (spec.query ?? z.object({})).extend(v2 ? {} : VERSION),
      ...(spec.body === "audio" && spec.operationId !== "enroll" ? { headers: CALLER } : {}),
      ...(body ? { body } : {}),
    },
    responses: { [spec.status]: successOf(spec, v2), ...failures(path) },
  };
}

const VERSION = { "api-version": z.string().optional().describe("2021-09-05. It isn't checked.") };
const CALLER = z.object({
  "Caller-Id": z
    .string()
    .optional()
    .describe("Your name for the person or device behind the request: failed attempts are counted for each."),
});
const MODE = z
  .enum(["verification", "identification"])
  .describe("Whether the profile is for verification or identification. Any profile can be used for both.");

const paramsOf = (path: string) =>
  z.object({
    mode: MODE,
    ...(path.includes("{profileId}") ? { profileId: ProfileId } : {}),
    ...(path.includes("{locale}") ? { locale: z.string().describe("A language tag.") } : {}),
  });

function bodyOf(body: AzureOperation["body"]) {
  if (body === undefined) return undefined;
  if (body !== "audio") return { required: true, content: { "application/json": { schema: body } } };
  const file = { schema: { type: "string", format: "binary" } } as const;
  return { required: true, content: { "audio/*": file, "multipart/form-data": file } };
}

function successOf({ reply: schemaOf, body, operationId }: Partial<AzureOperation>, v2: boolean) {
  if (!schemaOf) return { description: "It is done" };
  const decides = body === "audio" && operationId !== "enroll";
  const headers = {
    [DECISION_HEADER]: { description: "The decision's ID.", schema: { type: "string" as const } },
  };
  return { ...reply("It is done", schemaOf(v2)), ...(decides ? { headers } : {}) };
}

const failures = (path: string) =>
  Object.fromEntries(
    Object.entries(FAILURES)
      .filter(([status]) => status !== "404" || /profileId|identify/.test(path))
      .map(([status, description]) => [status, reply(description, AzureError)]),
  );
