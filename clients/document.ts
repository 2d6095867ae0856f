import { type Document, operationsOf } from "../functions/openapi/complete.ts";
import { openApiDocument } from "../functions/openapi.ts";

const PROBLEM = {
  description: "A problem",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};
/** The bodies that the clients send. Multipart is for those that can't make JSON. */
const BODY = "application/json";

/**
 * The OpenAPI document as the clients are generated from it. All problems have one schema, so the
 * clients need it once, and they send JSON only.
 */
export function clientDocument(): Document {
  const document = structuredClone(openApiDocument());
  const { schemas } = document.components;
  // A WebSocket isn't a request with a reply. The types of its messages stay.
  for (const { path, operation } of operationsOf(document))
    if ("101" in operation.responses) delete document.paths[path];
  for (const { operation } of operationsOf(document)) {
    const replies = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
    operation.responses = { ...Object.fromEntries(replies), default: PROBLEM };
    const body = operation.requestBody?.content[BODY];
    if (operation.requestBody && body) operation.requestBody.content = { [BODY]: body };
    // The body has these fields. They are in the query for a body that is the recording itself.
    if (body)
      operation.parameters = (operation.parameters ?? []).filter(
        ({ in: place, name }) => place !== "query" || name === "fields",
      );
  }
  delete document.components.responses;
  delete document.components.examples;
  for (const name of Object.keys(schemas)) if (name.endsWith("Form")) delete schemas[name];
  return JSON.parse(
    JSON.stringify(document, (name, value) => (name === "example" ? undefined : plain(value))),
  );
}

/**
 * The types of openapi-fetch don't keep tuples, so a pair is a list. Type checkers find unknown
 * fields anyway, and few know Python's closed dictionaries.
 */
function plain(schema: { prefixItems?: readonly unknown[]; additionalProperties?: unknown } | null) {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  const { prefixItems, additionalProperties, ...others } = schema;
  return {
    ...others,
    ...(prefixItems ? { items: prefixItems[0] } : {}),
    ...(additionalProperties ? { additionalProperties } : {}),
  };
}
