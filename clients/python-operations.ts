import {
  type Document,
  type Operation,
  operationsOf,
  type Parameter,
} from "../functions/openapi/complete.ts";
import { NOTE } from "./outputs.ts";

const WIDTH = 100;

/** The methods of the Python client, sync and async (operations_generated.py). */
export function pythonOperations(document: Document): string {
  const methods = operationsOf(document).map(methodOf);
  const classOf = (name: string, base: string, text: string, isAsync: boolean) =>
    `class ${name}(${base}):\n    """${text}"""\n\n${methods.map((one) => one(isAsync)).join("\n")}`;
  return [
    `# ${NOTE}\n# mypy: disable-error-code="no-any-return"\n`,
    "from . import models_generated as models\nfrom ._request import AsyncSender, Sender, path_of\n\n",
    classOf("Operations", "Sender", "Every operation of the API.", false),
    "\n",
    classOf("AsyncOperations", "AsyncSender", "Every operation of the API, with `await`.", true),
  ].join("\n");
}

type Place = { method: string; path: string; operation: Operation };
type Argument = { argument: string; name: string; type: string; optional: boolean };

function methodOf({ method, path, operation }: Place): (isAsync: boolean) => string {
  const { parameters = [], requestBody, responses, operationId } = operation;
  const inPlace = (place: string) => parameters.filter((one) => one.in === place).map(argumentOf);
  const paths = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const [query, headers] = [inPlace("query"), inPlace("header")];
  const body = requestBody ? [`body: models.${refOf(requestBody.content["application/json"]?.schema)}`] : [];
  const positional = ["self", ...paths.map((name) => `${snake(name)}: str`), ...body];
  const keywords = [...query, ...headers].map(({ argument, type }) => `${argument}: ${type} | None = None`);
  const signature = [...positional, ...(keywords.length > 0 ? ["*", ...keywords] : [])];
  const { call, type } = replyOf(responses);
  const sent = [
    `"${method.toUpperCase()}"`,
    paths.length > 0
      ? `path_of("${path.replaceAll(/\{\w+\}/g, "{}")}", ${paths.map(snake).join(", ")})`
      : `"${path}"`,
    ...(query.length > 0 ? [`query=${dictOf(query)}`] : []),
    ...(headers.length > 0 ? [`headers=${dictOf(headers)}`] : []),
    ...(requestBody ? ["body=body"] : []),
  ];
  return (isAsync) =>
    [
      `    ${isAsync ? "async " : ""}def ${snake(operationId)}(\n${indented(signature, 8)}    ) -> ${type}:`,
      docstring(operation),
      `        return ${isAsync ? "await " : ""}self.${call}(\n${indented(sent, 12)}        )`,
      "",
    ].join("\n");
}

/** How the reply is read, and its type. */
function replyOf(responses: Operation["responses"]): { call: string; type: string } {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const content = success?.content;
  if (!content) return { call: "_nothing", type: "None" };
  const json = content["application/json"];
  if (json) return { call: "_json", type: `models.${refOf(json.schema)}` };
  const isText = Object.keys(content).every((one) => one.startsWith("text/"));
  return isText ? { call: "_text", type: "str" } : { call: "_bytes", type: "bytes" };
}

function argumentOf({ name, schema, required }: Parameter): Argument {
  const types: Record<string, string> = { integer: "int", number: "float", boolean: "bool" };
  const type = types[String(schema?.type)] ?? "str";
  return { argument: snake(name), name, type, optional: !required };
}

const refOf = (schema: { $ref?: string } | undefined): string => {
  const name = schema?.$ref?.split("/").at(-1);
  if (name === undefined) throw new RangeError(`no named schema: ${JSON.stringify(schema)}`);
  return name;
};

const snake = (name: string): string => {
  const text = name
    .replaceAll("-", "_")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return text === "from" ? "from_" : text;
};

const dictOf = (args: readonly Argument[]): string =>
  `{${args.map(({ name, argument }) => `"${name}": ${argument}`).join(", ")}}`;

const indented = (parts: readonly string[], spaces: number): string =>
  parts.map((one) => `${" ".repeat(spaces)}${one},\n`).join("");

function docstring({ summary = "", description = "" }: Operation): string {
  const lines = [`"""${summary}.`, "", ...wrapped(description), '"""'];
  return lines.map((line) => (line === "" ? "" : `        ${line}`)).join("\n");
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH - 8)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
