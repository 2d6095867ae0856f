import { createServer, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { type Slug, titles } from "../../lib/error.ts";
import { MAX_HEADER_BYTES } from "../http/guard/limits.ts";
import { MEDIA_TYPE, typeOf } from "../http/replies/problem.ts";
import {
  boundConnections,
  type ConnectionLimits,
  type Connections,
  DEFAULT_CONNECTIONS,
} from "./connections.ts";

/** Above the app's own bound, so that most replies to large heads are the app's; beyond it Node refuses to read on. */
const NODE_MAX_HEADER_BYTES = 4 * MAX_HEADER_BYTES;
/** A client may take this long to send a request's head, and all of it. */
const HEAD_MS = 10_000;
const REQUEST_MS = 600_000;
/** A connection on which nothing moves for this long is closed; longer than the deadline of an answer. */
const STALLED_MS = 40_000;
/** After a refusal the socket stays this long, so that the reply is read before the connection resets. */
const LINGER_MS = 1000;
/** How often Node looks for connections that are over their time. */
const CHECK_MS = 1000;
/** While closing, a connection without a begun request has this long to finish sending one. */
const UNUSED_WHILE_CLOSING_MS = 10_000;
/** While closing, requests that were accepted have this long: the deadline of a reply and the time to read it. */
const CLOSING_MS = 65_000;

export type Running = { url: string; close(): Promise<void> };

/**
 * Listens; rejects with Node's own error (EADDRINUSE and the like). `close` takes no new connection and resolves once
 * every accepted request is answered, after 65 seconds at the latest.
 */
export async function serve(
  app: Hono,
  at: { host: string; port: number; connections?: ConnectionLimits },
): Promise<Running> {
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => plainProblem(400),
  });
  const server = createServer(
    {
      maxHeaderSize: NODE_MAX_HEADER_BYTES,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    listener,
  );
  server.setTimeout(STALLED_MS);
  const connections = boundConnections(server, at.connections ?? DEFAULT_CONNECTIONS);
  const begun = new Set<ServerResponse>();
  server.prependListener("request", (_request, response) => {
    begun.add(response);
    response.once("close", () => begun.delete(response));
  });
  server.on("clientError", refuse);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  return { url: `http://${host}:${port}`, close: () => closed(server, begun, connections) };
}

/** Each reply from now on ends its connection; otherwise a busy client would keep the server open for ever. */
function closed(server: Server, begun: ReadonlySet<ServerResponse>, connections: Connections): Promise<void> {
  const last = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader("Connection", "close");
  };
  for (const response of begun) last(response);
  server.prependListener("request", (_request, response) => last(response));
  return new Promise((resolve) => {
    server.close(() => resolve());
    // A connection whose reply was on its way by now becomes idle, and Node leaves those open.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const unused = setTimeout(() => connections.destroy("unused"), UNUSED_WHILE_CLOSING_MS);
    const all = setTimeout(() => connections.destroy("all"), CLOSING_MS);
    server.once("close", () => {
      clearInterval(sweep);
      clearTimeout(unused);
      clearTimeout(all);
    });
  });
}

const plainProblem = (status: number): Response =>
  new Response(JSON.stringify(bodyOf(status, undefined)), {
    status,
    headers: { "Content-Type": MEDIA_TYPE, "Cache-Control": "no-store" },
  });

function bodyOf(status: number, slug: Slug | undefined) {
  const title = slug ? titles[slug] : STATUS_CODES[status];
  return { type: slug ? typeOf(slug) : "about:blank", title, status, detail: `${title}.` };
}

/** What Node's parser refuses never reaches the app: a head beyond its bound, a body of two lengths, no HTTP at all. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const large = error.code === "HPE_HEADER_OVERFLOW";
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = large ? 431 : late ? 408 : 400;
  const body = JSON.stringify(bodyOf(status, large ? "headers-too-large" : undefined));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
