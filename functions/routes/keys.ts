import { z } from "@hono/zod-openapi";
import { keyDetails } from "../../lib/domain/audit/record.ts";
import { futureTime } from "../../lib/domain/expiry.ts";
import { issueKey, keyView, listKeys, revokeKey, updateKey } from "../../lib/domain/registry/key.ts";
import { Key, KeyList, MadeKey, OwnKey, SCOPES, Scope } from "../../lib/schema/key.ts";
import { ExpiresAt, keyIdOf, Name } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { emptyBody, jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const Quota = z.int().min(1).max(31_536_000);
const NewKey = z.strictObject({
  name: Name.describe("What the key is for."),
  scopes: z
    .array(Scope)
    .min(1)
    .max(SCOPES.length)
    .describe("What the key may do. Only scopes that your own key has."),
  expiresAt: ExpiresAt.optional().describe("From this RFC 3339 date or time on, the key is refused."),
  audioSecondsPerDay: Quota.optional().describe(
    "Seconds of audio that the key may send per day (UTC). Without it, there is no limit.",
  ),
});
const Changes = z
  .strictObject({
    name: Name.optional(),
    audioSecondsPerDay: Quota.nullable().optional().describe("Null removes the limit."),
  })
  .refine((changes) => Object.keys(changes).length > 0, "Send `name` or `audioSecondsPerDay`.");

const keys = { tag: "Keys", path: "/keys", scope: "keys:write" } as const;
const oneKey = { ...keys, path: "/keys/{keyId}" } as const;

export const keyRoutes = [
  route(
    {
      ...keys,
      operationId: "listKeys",
      summary: "List the registry's API keys, oldest first, also those that are revoked or have expired",
      method: "get",
      input: noFields,
      reply: { description: "The keys, without their tokens", schema: KeyList },
    },
    async (services, { registry: { registryId } }) => {
      const found = await listKeys(services, { registryId });
      return { keys: await Promise.all(found.map((key) => keyView(services, key))) };
    },
  ),
  route(
    {
      ...keys,
      operationId: "createKey",
      summary: "Create an API key; its token is shown once",
      method: "post",
      // A reply that is stored for retries would store the token.
      idempotent: false,
      input: jsonFields(NewKey),
      reply: { status: 201, description: "The key and its token", schema: MadeKey },
    },
    async (services, { registry: { registryId }, scopes, fields, act }) => {
      for (const scope of fields.scopes) requireScope(scopes, scope);
      const expiresAt = fields.expiresAt && futureTime(services, fields.expiresAt);
      const { key, token } = await issueKey(services, {
        registryId,
        name: fields.name,
        scopes: [...new Set(fields.scopes)],
        expiresAt,
        audioSecondsPerDay: fields.audioSecondsPerDay,
      });
      act.details = keyDetails(key);
      return { key: await keyView(services, key), token };
    },
  ),
  route(
    {
      ...keys,
      operationId: "readOwnKey",
      summary: "Read the API key of this request: its scopes, and the registry that it belongs to",
      path: "/keys/self",
      scope: SCOPES,
      checksTokenSpeaker: true,
      method: "get",
      input: noFields,
      reply: { description: "The key and the registry", schema: OwnKey },
    },
    async (services, { registry: { name }, c }) => ({
      key: await keyView(services, c.var.key),
      registry: { name },
    }),
  ),
  route(
    {
      ...oneKey,
      operationId: "updateKey",
      summary: "Change the name of an API key, or how much audio it may send",
      method: "patch",
      problems: ["key-not-found"],
      input: jsonFields(Changes),
      reply: { description: "The updated key", schema: Key },
    },
    async (services, { registry: { registryId }, param, fields, act }) => {
      const keyId = keyIdOf(param("keyId"));
      const { audioSecondsPerDay } = fields;
      act.details = { key: keyId, ...(audioSecondsPerDay === undefined ? {} : { audioSecondsPerDay }) };
      return keyView(services, await updateKey(services, { registryId, keyId, ...fields }));
    },
  ),
  route(
    {
      ...oneKey,
      operationId: "revokeKey",
      summary: "Revoke an API key immediately; it stays in the list",
      method: "delete",
      problems: ["key-not-found"],
      input: emptyBody,
      reply: { description: "The revoked key", schema: Key },
    },
    async (services, { registry: { registryId }, param }) =>
      keyView(services, await revokeKey(services, { registryId, keyId: keyIdOf(param("keyId")) })),
  ),
];
