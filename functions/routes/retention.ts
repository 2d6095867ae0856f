import { retentionPage } from "../../lib/domain/maintenance/retention.ts";
import { RetentionPage } from "../../lib/schema/retention.ts";
import { Moment, PageFields } from "../http/body/schema.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { query } from "../http/input.ts";
import { route } from "../http/route.ts";

const DEFAULT_LIMIT = 100;

const spec = {
  operationId: "readRetention",
  summary: "Preview which expired speakers a sweep erases, now or by a later time",
  tag: "Speakers",
  method: "get",
  path: "/retention",
  scope: "speakers:read",
  input: query(
    PageFields.extend({
      by: Moment.optional().describe("An RFC 3339 date (its first moment in UTC) or time. Default: now."),
    }),
  ),
  reply: { description: "One page of the preview", schema: RetentionPage },
} as const;

export const retentionRoute = route(spec, async (services, { registry, fields }) => {
  const { limit = DEFAULT_LIMIT, cursor, by } = fields;
  const place = { registryId: registry.registryId, route: spec.path };
  const after = cursor === undefined ? undefined : openCursor(services, place, cursor);
  const page = await retentionPage(services, {
    registry,
    limit,
    after,
    by: by === undefined ? services.clock.now() : new Date(by),
  });
  return { ...page, next: page.next === undefined ? null : sealCursor(services, place, page.next) };
});
