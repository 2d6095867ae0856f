import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { type Slug, titles } from "../../lib/error.ts";
import { MAX_HEADER_BYTES } from "../http/guard/limits.ts";
import { helpLink, MEDIA_TYPE, typeOf } from "../http/replies/problem.ts";
import {
  boundConnections,
  type ConnectionLimits,
  type Connections,
  DEFAULT_CONNECTIONS,
} from "./connections.ts";
import type { Door } from "./door.ts";
import { acceptUpgrades } from "./upgrade.ts";

/**
 * Node's own limit is above the app's, so that the app answers most requests with large headers.
 */
const NODE_MAX_HEADER_BYTES = 4 * MAX_HEADER_BYTES;
/** The time that a client has to send the headers, and the whole request. */
const HEAD_MS = 10_000;
const REQUEST_MS = 600_000;
/**
 * A connection without traffic is closed after this time, which exceeds the deadline of a reply.
 */
const STALLED_MS = 40_000;
/**
 * An idle connection is kept for longer than load balancers keep theirs (60 s is usual). Otherwise
 * one of them sends a request into a connection that is being closed, and answers 502.
 */
const KEEP_ALIVE_MS = 65_000;
/** After an error, the socket stays open this long, so that the client can read the reply. */
const LINGER_MS = 1000;
/** How often Node looks for connections that have timed out. */
const CHECK_MS = 1000;
/** While closing, the time that a connection without a request has to finish sending one. */
const UNUSED_WHILE_CLOSING_MS = 10_000;
/**
 * While closing, the time for accepted requests: the deadline of a reply and the time to read it.
 */
const CLOSING_MS = 65_000;

export type Running = { url: string; close(): Promise<void> };

/**
 * Starts a server. Rejects with Node's own error, such as EADDRINUSE. `close` stops accepting
 * connections and resolves when every accepted request is answered, after 65 seconds at the latest.
 */
export async function serve(
  app: Hono,
  at: { host: string; port: number; connections?: ConnectionLimits; door?: Door },
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
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_MS,
      // Node's own reply has no body.
      requireHostHeader: false,
    },
    (request, response) => {
      if (!hasOneHost(request)) return answerProblem(response, 400, "Send exactly one Host header.");
      if (at.door?.(request, response)) return;
      if (request.httpVersion === "1.1" && request.headers.expect !== undefined) response.writeContinue();
      listener(request, response);
    },
  );
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  server.on("checkExpectation", (_request, response) =>
    answerProblem(response, 417, "The only supported value of Expect is 100-continue."),
  );
  server.setTimeout(STALLED_MS);
  const connections = boundConnections(server, at.connections ?? DEFAULT_CONNECTIONS);
  const openReplies = new Set<ServerResponse>();
  server.prependListener("request", (_request, response) => {
    openReplies.add(response);
    response.once("close", () => openReplies.delete(response));
  });
  server.on("clientError", answerBadRequest);
  const closeSockets = acceptUpgrades(server, app, { stalledMs: STALLED_MS });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  const close = () => {
    closeSockets();
    return closeServer(server, openReplies, connections);
  };
  return { url: `http://${host}:${port}`, close };
}

/**
 * From now on, each reply closes its connection: a busy client would keep the server open forever.
 */
function closeServer(
  server: Server,
  openReplies: ReadonlySet<ServerResponse>,
  connections: Connections,
): Promise<void> {
  const last = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader("Connection", "close");
  };
  for (const response of openReplies) last(response);
  server.prependListener("request", (_request, response) => last(response));
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Node doesn't close a connection that becomes idle after its reply was already on its way.
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

/** HTTP/1.0 has no Host header. */
function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host").length;
  return hosts === 1 || (hosts === 0 && httpVersion === "1.0");
}

/** Closes the connection after the reply: the request's body isn't read. */
function answerProblem(response: ServerResponse, status: number, detail: string): void {
  const body = JSON.stringify({ ...bodyOf(status, undefined), detail });
  response.writeHead(status, {
    "Content-Type": MEDIA_TYPE,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end(body);
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

/**
 * Answers what Node's parser rejects, which never reaches the app: headers beyond its limit, a body
 * with two lengths, or no HTTP at all.
 */
function answerBadRequest(error: Error & { code?: string }, socket: Socket): void {
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
    ...(large ? [`Link: ${helpLink("headers-too-large")}`] : []),
    "Cache-Control: no-store",
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
