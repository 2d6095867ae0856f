import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { compatDocument } from "../../functions/compat-openapi.ts";
import {
  complete,
  type Document,
  type Operation,
  operationsOf,
  type Schema,
} from "../../functions/openapi/complete.ts";
import examples from "../../functions/openapi/examples.json" with { type: "json" };
import problemExamples from "../../functions/openapi/problem-examples.json" with { type: "json" };
import { openApiDocument } from "../../functions/openapi.ts";
import { temporaryFolder } from "../cli/run.ts";
import { mismatches } from "../support/from-schema.ts";
import { collectExamples } from "./examples.ts";
import { collectProblems } from "./problem-examples.ts";

/** It replies with 101, but Redocly wants a 2XX. */
const WEBSOCKET = "#/paths/~1stream/get/responses";
const document = openApiDocument();
const compat = compatDocument();
const operations = operationsOf(document).map(({ operation }) => operation);

test.each([
  ["the API's", document],
  ["the compatibility routes'", compat],
])("Redocly's recommended rules find nothing in %s document", async (_, document) => {
  const config = await createConfig({ extends: ["recommended"] });
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, config, absoluteRef: "openapi.json" });
  expect(
    problems
      .filter(({ location }) => location[0]?.pointer !== WEBSOCKET)
      .map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
  ).toEqual([]);
  const [first, second] = operationsOf(document).map(({ operation }) => operation.operationId);
  const broken = source.replace(`"operationId":"${first}"`, `"operationId":"${second}"`);
  expect(await lintFromString({ source: broken, config, absoluteRef: "openapi.json" })).not.toEqual([]);
});

test.each([
  ["the API's", document],
  ["the compatibility routes'", compat],
])("every operation, parameter and field of %s document has a description", (_, document) => {
  const undescribed = operationsOf(document).flatMap(({ operation }) => [
    ...(operation.description ? [] : [operation.operationId]),
    ...(operation.parameters ?? [])
      .filter(({ description }) => !description)
      .map(({ name }) => `${operation.operationId} ${name}`),
  ]);
  expect(undescribed).toEqual([]);
  const schemas = { ...document.components.schemas, ...bodiesOf(document) };
  expect(Object.entries(schemas).flatMap(([name, schema]) => fieldsWithout(schema, name))).toEqual([]);
  expect(fieldsWithout({ properties: { a: { properties: { b: {} } } } }, "x")).toEqual(["x.a", "x.a.b"]);
});

test("a body's fields are described by its own name first, then by the field's", () => {
  const schema: Schema = { properties: { trials: {}, speaker: {}, other: { description: "own" } } };
  const operation = {
    operationId: "calibrate",
    responses: {},
    requestBody: { content: { "application/json": { schema } } },
  };
  const made = {
    paths: { "/x": { post: operation } },
    components: { schemas: {} as Record<string, Schema> },
  };
  complete(made, {});
  const { trials, speaker, other } = made.components.schemas.CalibrateRequest?.properties ?? {};
  expect([trials?.description, speaker?.description, other?.description]).toEqual([
    "The trials.",
    "The speaker's ID.",
    "own",
  ]);
});

test("every operation with a JSON reply has an example, which its schema accepts", () => {
  const $defs = JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll("components/schemas", "$defs"),
  );
  for (const operation of operations) {
    const content = replyOf(operation);
    if (!content) continue;
    expect(content.example, operation.operationId).toBeDefined();
    const schema = JSON.parse(JSON.stringify(content.schema).replaceAll("components/schemas", "$defs"));
    expect(mismatches({ ...schema, $defs })(content.example), operation.operationId).toEqual([]);
  }
});

test("every problem that an operation lists has an example: a reply that its schema accepts", () => {
  const { responses = {}, examples: all = {}, schemas } = document.components;
  const $defs = JSON.parse(JSON.stringify(schemas).replaceAll("components/schemas", "$defs"));
  const mismatch = mismatches({ ...$defs.Problem, $defs });
  const described = (response: object) =>
    JSON.stringify(response).match(/urn:voiceroll:problem:[a-z-]+/g) ?? [];
  for (const [name, response] of Object.entries(responses)) {
    const { content } = response;
    const slugs = Object.keys(content?.["application/problem+json"]?.examples ?? {});
    expect(
      slugs.map((slug) => `urn:voiceroll:problem:${slug}`),
      name,
    ).toEqual(described(response));
    for (const slug of slugs) {
      const value = all[slug]?.value;
      expect(value, slug).toMatchObject({ type: `urn:voiceroll:problem:${slug}` });
      expect(mismatch(value), slug).toEqual([]);
    }
  }
  const failures = operations
    .flatMap((one) => Object.entries(one.responses))
    .filter(([status]) => status >= "4");
  expect(failures.length).toBeGreaterThan(500);
  for (const [, { $ref = "" }] of failures) expect(Object.keys(responses)).toContain($ref.split("/").at(-1));
});

test("the document stays small enough to load in a browser", () => {
  expect(JSON.stringify(document).length).toBeLessThan(470_000);
});

test("the examples of problems say what today's replies say", async () => {
  const today = await collectProblems();
  // IDs are generated, and lengths of recordings belong to the rows.
  const bare = (all: object) => JSON.parse(JSON.stringify(all).replaceAll(/\b[a-z]{3}_[0-9a-z]+/g, "ID"));
  expect(bare(problemExamples)).toEqual(bare(today));
}, 120_000);

test("the examples have the shape of today's replies", async () => {
  const today = await collectExamples(temporaryFolder());
  expect(Object.keys(today)).toEqual(Object.keys(examples));
  for (const [id, { reply }] of Object.entries(today))
    expect(differences(Reflect.get(examples, id).reply, reply, id)).toEqual([]);
  expect(differences({ a: 1, b: [{ c: "" }] }, { a: "1", b: [{}] }, "x")).toEqual(["x.a", "x.b.0.c"]);
}, 120_000);

/** Schemas that have no name, by the operation that they belong to. */
const bodiesOf = (document: Document): Record<string, Schema> =>
  Object.fromEntries(
    operationsOf(document).flatMap(({ operation: { operationId, requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)].flatMap((body, i) =>
        Object.values(body?.content ?? {}).flatMap(({ schema }) =>
          schema ? [[`${operationId} ${i}`, schema] as const] : [],
        ),
      ),
    ),
  );

const replyOf = ({ responses }: Operation) =>
  Object.values(responses).flatMap(({ content }) => content?.["application/json"] ?? [])[0];

function fieldsWithout(schema: Schema, at: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, one]) => [
    ...(one.description || one.$ref ? [] : [`${at}.${name}`]),
    ...fieldsWithout(one, `${at}.${name}`),
  ]);
  const { items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const inner = [items, additionalProperties, ...anyOf, ...oneOf, ...allOf];
  return [...own, ...inner.flatMap((one) => (typeof one === "object" ? fieldsWithout(one, at) : []))];
}

/** The places where two values differ in their kind. Null and an empty list fit everything. */
function differences(a: unknown, b: unknown, at: string): string[] {
  if (a === null || b === null) return [];
  if (typeof a !== "object" || typeof b !== "object") return typeof a === typeof b ? [] : [at];
  const isEmpty = (one: unknown) => Array.isArray(one) && one.length === 0;
  if (isEmpty(a) || isEmpty(b)) return [];
  const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]);
  return [...names].flatMap((name) => {
    if (Array.isArray(a) && Number(name) >= Math.min(a.length, (b as unknown[]).length)) return [];
    return differences(Reflect.get(a ?? {}, name), Reflect.get(b ?? {}, name), `${at}.${name}`);
  });
}
