import * as z from "zod";
import { type Act, audited, keyDetails } from "../../lib/domain/audit/record.ts";
import { issueKey, listKeys, revokeKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError } from "../../lib/error.ts";
import { isKeyId } from "../../lib/id.ts";
import type { ApiKey } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";

const registry = z.string().min(1).max(128).default("default");
const CreateKey = z.strictObject({
  do: z.literal("create-key"),
  registry,
  name: z.string().min(1).max(256).default("first key"),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .default([...SCOPES]),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
const ListKeys = z.strictObject({ do: z.literal("list-keys"), registry });
const RevokeKey = z.strictObject({ do: z.literal("revoke-key"), registry, key: z.string().refine(isKeyId) });
const Request = z.discriminatedUnion("do", [CreateKey, ListKeys, RevokeKey]);

type Needs = Pick<Services, "audit" | "clock" | "keys" | "random" | "registries" | "secret" | "templateKeys">;
type ShownKey = Omit<ApiKey, "hash" | "registryId">;
/** token: of a new key, the only time it is shown */
export type AdminReply =
  | { key: ShownKey; token?: string }
  | { keys: readonly ShownKey[] }
  | { problem: string; detail: string };

/**
 * Creates, lists and revokes API keys. Who may invoke the function decides who may do it: there is
 * no key yet. Replies with a problem for a request that it can't do, so that the caller reads why.
 */
export async function answerAdmin(services: Needs, event: unknown): Promise<AdminReply> {
  const request = Request.safeParse(event);
  if (!request.success) return { problem: "validation-failed", detail: z.prettifyError(request.error) };
  try {
    return await carriedOut(services, request.data);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problem: error.slug, detail: error.message };
  }
}

async function carriedOut(services: Needs, request: z.infer<typeof Request>): Promise<AdminReply> {
  const { registryId } = await ensureRegistry(services, request.registry);
  if (request.do === "list-keys")
    return { keys: (await listKeys(services, { registryId })).map((key) => shown(key)) };
  if (request.do === "create-key") {
    const { name, scopes, expiresAt } = request;
    const act: Act = { registryId, operation: "createKey" };
    return audited(services, act, async () => {
      const { key, token } = await issueKey(services, { registryId, name, scopes, expiresAt });
      act.details = keyDetails(key);
      return { key: shown(key), token };
    });
  }
  const { key: keyId } = request;
  return audited(services, { registryId, operation: "revokeKey", details: { key: keyId } }, async () => ({
    key: shown(await revokeKey(services, { registryId, keyId })),
  }));
}

const shown = ({ hash: _, registryId: __, ...key }: ApiKey): ShownKey => key;
