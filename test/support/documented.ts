import { patternOf } from "../../functions/http/route.ts";
import { apiRoutes } from "../../functions/routes/all.ts";

const TYPE = /urn:voiceroll:problem:[a-z-]+/g;

const operations = apiRoutes.flatMap(({ method, path, definition }) => {
  if (!definition) return [];
  // Only the descriptions: the schema of a problem has every type.
  const texts = Object.values(definition.responses).map((one) =>
    "description" in one ? one.description : "",
  );
  const types = texts.join("\n").match(TYPE) ?? [];
  // A path without parameters precedes those that match it, such as /keys/self and /keys/{keyId}.
  return [{ method: method.toUpperCase(), path, pattern: patternOf(path), types: new Set<string>(types) }];
});

/** Throws if a reply is a problem that the OpenAPI document doesn't list for its operation. */
export function requireDocumented(
  method: string,
  target: string,
  { status, text }: { status: number; text: string },
): void {
  if (status < 400 || text === "") return;
  const path = new URL(target, "http://localhost").pathname;
  const operation =
    operations.find((one) => one.path === path && one.method === method) ??
    operations.find((one) => one.pattern.test(path) && one.method === method);
  const type: unknown = JSON.parse(text).type;
  if (!operation || typeof type !== "string" || type === "about:blank" || operation.types.has(type)) return;
  throw new Error(`${method} ${operation.path} doesn't document ${type}: ${text}`);
}
