import { FIELDS } from "./fields.ts";

export type Schema = {
  type?: string | string[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
};
type Content = Record<string, { schema?: Schema; example?: unknown; examples?: Record<string, object> }>;
/** `$ref`: a reply that operations share (problems.ts) */
type Response = { $ref?: string; content?: Content };
export type Operation = {
  summary?: string;
  description?: string;
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, Response>;
};
export type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses?: Record<string, Response>;
    examples?: Record<string, { value: unknown }>;
  };
};

const BODIES = [
  ["application/json", "Request"],
  ["multipart/form-data", "Form"],
] as const;
/** The body that changes settings has the descriptions of the settings. */
const LIKE_SETTINGS = "UpdateRegistryRequest";

export type Examples = Readonly<Record<string, { request?: unknown; reply: unknown }>>;

/**
 * Completes a document in place: names the schemas of request bodies, so that generated clients
 * have types for them, describes the fields and parameters whose schemas don't, and adds the
 * examples.
 *
 * examples  by operationId
 */
export function complete(document: Document, examples: Examples): void {
  const { schemas } = document.components;
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  for (const operation of operations) {
    describeParameters(operation);
    addExamples(operation, examples[operation.operationId]);
    for (const [type, suffix] of BODIES) {
      const body = operation.requestBody?.content[type];
      if (!body?.schema) continue;
      const name = capital(operation.operationId) + suffix;
      const { $defs = {}, ...schema } = withoutDialect(body.schema);
      describeFields(schema, operation.operationId, name === LIKE_SETTINGS ? schemas.Settings : undefined);
      Object.assign(schemas, withComponentRefs({ ...$defs, [name]: schema }));
      body.schema = { $ref: `#/components/schemas/${name}` };
    }
  }
  for (const [name, schema] of Object.entries(schemas)) describeFields(schema, name);
}

function addExamples({ requestBody, responses }: Operation, example: Examples[string] | undefined): void {
  if (!example) return;
  const body = requestBody?.content["application/json"];
  if (body && example.request !== undefined) body.example = example.request;
  for (const { content } of Object.values(responses)) {
    const reply = content?.["application/json"];
    if (reply) reply.example = example.reply;
  }
}

/** Every operation, with its method and path. */
export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );

function describeParameters({ operationId, parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    const text =
      parameter.description ?? parameter.schema?.description ?? described(parameter.name, operationId);
    if (text !== undefined) parameter.description = text;
  }
}

/** like  a schema whose descriptions fit, too */
function describeFields(schema: Schema, name: string, like?: Schema): void {
  for (const [field, one] of Object.entries(schema.properties ?? {})) {
    const text = described(field, name) ?? like?.properties?.[field]?.description;
    if (text !== undefined && one.description === undefined && one.$ref === undefined) one.description = text;
    describeFields(one, name, like?.properties?.[field]);
  }
  const { items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  for (const inner of [items, additionalProperties, ...anyOf, ...oneOf, ...allOf])
    if (typeof inner === "object") describeFields(inner, name);
}

const described = (field: string, name: string): string | undefined =>
  FIELDS[`${name}.${field}`] ?? FIELDS[field];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** OpenAPI 3.1 states the dialect of all schemas, so that a schema needs no `$schema`. */
function withoutDialect(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "$schema"));
}

const withComponentRefs = (schemas: Record<string, Schema>): Record<string, Schema> =>
  JSON.parse(JSON.stringify(schemas).replaceAll("#/$defs/", "#/components/schemas/"));
