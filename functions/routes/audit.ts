import { z } from "@hono/zod-openapi";
import { AuditPage } from "../../lib/schema/audit.ts";
import { invalid, PageFields } from "../http/body/schema.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { query } from "../http/input.ts";
import { route } from "../http/route.ts";

const DEFAULT_LIMIT = 100;

const Fields = PageFields.extend({
  from: z
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("The number of the first entry. 1 by default. Not together with `cursor`."),
});

const spec = {
  operationId: "readAudit",
  summary: "Read the audit log, oldest entry first",
  tag: "Audit",
  method: "get",
  path: "/audit",
  scope: "audit:read",
  input: query(Fields),
  reply: { description: "A page of entries, and the newest entry's number and hash", schema: AuditPage },
} as const;

export const auditRoute = route(spec, async (services, { registry: { registryId }, fields }) => {
  const { from, cursor, limit = DEFAULT_LIMIT } = fields;
  if (from !== undefined && cursor !== undefined) throw invalid([FROM_OR_CURSOR]);
  const place = { registryId, route: spec.path };
  const first = cursor === undefined ? (from ?? 1) : Number(openCursor(services, place, cursor));
  const head = await services.audit.head(registryId);
  const entries = await services.audit.list(registryId, first, limit);
  const last = entries.at(-1)?.seq;
  const next =
    last !== undefined && head && last < head.seq ? sealCursor(services, place, String(last + 1)) : null;
  return { entries, head: head ?? null, next };
});

const FROM_OR_CURSOR = {
  pointer: "/from",
  detail: "Send `from` for the first page and `cursor` for the others.",
};
