import type { Context } from "hono";
import type { Act } from "../../../lib/domain/audit/record.ts";
import type { Env } from "../env.ts";

/**
 * Which requests of a route the audit log has. "changes": all of them. "decisions": those of
 * registries with the setting `audit: all`, and those that the handler marks as recorded. "none":
 * no request.
 */
export type AuditLevel = "changes" | "decisions" | "none";

const GENERATED_ID = /^[a-z]{3}_[0-9a-z]{1,64}$/;

/** Returns a request as the audit log names it. The handler can complete it. */
export function actOf(
  c: Context<Env>,
  { operationId, path }: { operationId: string; path: string },
  level: AuditLevel,
): Act {
  const { registry, key } = c.var;
  const params = Object.entries(c.req.param());
  return {
    registryId: registry.registryId,
    keyId: key.keyId,
    callerId: c.req.header("Caller-Id"),
    operation: operationId,
    speakerId: path.startsWith("/speakers/{id}") ? c.req.param("id") : undefined,
    details: Object.fromEntries(params.filter(([, value]) => GENERATED_ID.test(value))),
    recorded: level === "changes" || (level === "decisions" && registry.settings.audit === "all"),
  };
}
