import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { compatDocument } from "../../functions/compat-openapi.ts";
import { mismatches } from "../support/from-schema.ts";

type Content = Record<string, { schema: { type?: string; format?: string } }>;
type Operation = {
  operationId: string;
  parameters: readonly { name: string; in: string; required?: boolean; schema: { enum?: string[] } }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};

const document = JSON.parse(
  JSON.stringify(compatDocument()).replaceAll("#/components/schemas/", "#/$defs/"),
) as { paths: Record<string, Record<string, Operation>>; components: { schemas: object } };
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...{ method: method.toUpperCase(), operation },
    pattern: new RegExp(`^${path.replace(/#.*/, "").replace(/\{\w+\}/g, "[^/:]+")}/?$`),
    target: operation.parameters.find(({ name }) => name === "X-Amz-Target")?.schema.enum?.[0],
  })),
);

const faultsIn = (content: Content | undefined, text: string): readonly string[] => {
  const { schema } = Object.values(content ?? {})[0] ?? {};
  if (!schema) return text === "" ? [] : ["a body that the document doesn't have"];
  if (schema.format === "binary") return [];
  return mismatches({ ...schema, $defs: document.components.schemas })(JSON.parse(text));
};

/**
 * Starts a server that passes requests on to another one. `faults` receives what in a request or
 * its reply doesn't match the OpenAPI document of the compatibility routes, and `seen` the
 * operations that were called.
 */
export async function documentedProxy(to: string) {
  const faults: string[] = [];
  const seen = new Set<string>();
  const proxy = createServer(async (incoming, outgoing) => {
    const method = incoming.method ?? "";
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers))
      if (!/^(host|connection|transfer-encoding|content-length)$/.test(name))
        headers.set(name, String(value));
    const body = await buffer(incoming);
    const hasBody = method !== "GET" && body.length > 0;
    const reply = await fetch(`${to}${incoming.url}`, { method, headers, ...(hasBody ? { body } : {}) });
    const text = await reply.text();
    const path = new URL(incoming.url ?? "", to).pathname;
    const target = headers.get("X-Amz-Target") ?? undefined;
    const found = operations.find(
      (one) => one.method === method && one.pattern.test(path) && one.target === target,
    );
    if (found) {
      const { operationId, requestBody, responses } = found.operation;
      seen.add(operationId);
      const documented = responses[reply.status] ?? responses[`${String(reply.status)[0]}XX`];
      const note = (side: string, all: readonly string[]) =>
        faults.push(...all.map((fault) => `${operationId} ${side}: ${fault}`));
      if (reply.ok) note("request", faultsIn(requestBody?.content, body.toString()));
      note(`${reply.status}`, documented ? faultsIn(documented.content, text) : ["an undocumented status"]);
    }
    const sent = [...reply.headers].filter(
      ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name),
    );
    outgoing.writeHead(reply.status, Object.fromEntries(sent)).end(text);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, faults, seen, close: () => proxy.close() };
}

/** The operations that the document has for a tag, by their IDs. */
export const documented = (pattern: RegExp): string[] =>
  Object.entries(document.paths)
    .filter(([path]) => pattern.test(path))
    .flatMap(([, methods]) => Object.values(methods).map(({ operationId }) => operationId));
