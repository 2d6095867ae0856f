import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { type WebSocket, WebSocketServer } from "ws";
import type { Socket, SocketHandlers, Upgrade } from "../http/env.ts";
import { SUBPROTOCOL } from "../http/guard/socket-key.ts";

/** The longest message: half a second of PCM at 48 kHz, and more than any Opus packet. */
const MOST_MESSAGE_BYTES = 65_536;
/** RFC 6455, section 7.4.1: the server goes away. */
const GOING_AWAY = 1001;

/** What the app gets with each request. upgrade: for one that asks for a WebSocket */
export type ServerBindings = Pick<HttpBindings, "incoming"> & { upgrade?: Upgrade | undefined };

/**
 * Lets the app turn requests into WebSockets. The app sees such a request as a GET, with the
 * binding `upgrade`. If its reply isn't successful, or it hasn't called `upgrade`, the client gets
 * the reply as usual.
 *
 * stalledMs  a client that sends nothing for so long is disconnected
 * returns    closes all WebSockets
 */
export function acceptUpgrades(server: Server, app: Hono, { stalledMs }: { stalledMs: number }): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  async function upgraded(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    let open: Parameters<Upgrade>[0] | undefined;
    const upgrade: Upgrade = (opened) => {
      open = opened;
    };
    const bindings = { incoming: request, outgoing: undefined, upgrade };
    const reply = await app.fetch(requestOf(request), bindings);
    if (stream.destroyed) return;
    if (!open || !reply.ok) return answerPlain(stream, reply);
    const handlersOf = open;
    request.socket.setTimeout(stalledMs, () => request.socket.destroy());
    sockets.handleUpgrade(request, stream, head, (socket) => attach(socket, handlersOf(socketOf(socket))));
  }

  server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    if (request.headers.upgrade?.toLowerCase() !== "websocket") return stream.destroy();
    upgraded(request, stream, head).catch(() => stream.destroy());
  });
  return () => {
    for (const socket of sockets.clients) socket.close(GOING_AWAY, "The server is stopping.");
  };
}

/** The host isn't used by any route that upgrades. */
function requestOf({ url = "/", headers }: IncomingMessage): Request {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
  return new Request(new URL(url, "http://localhost"), { headers: entries });
}

async function answerPlain(stream: Duplex, reply: Response): Promise<void> {
  const body = Buffer.from(await reply.arrayBuffer());
  const status = reply.ok ? 400 : reply.status;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...[...reply.headers].map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  stream.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
}

const socketOf = (socket: WebSocket): Socket => ({
  send: (text) => socket.send(text),
  get unread() {
    return socket.bufferedAmount;
  },
  pause: () => socket.pause(),
  resume: () => socket.resume(),
  close: (code, reason) => socket.close(code, reason),
});

function attach(socket: WebSocket, handlers: SocketHandlers): void {
  socket.binaryType = "nodebuffer";
  socket.on("message", (data: Buffer, isBinary) =>
    handlers.onMessage(isBinary ? new Uint8Array(data) : data.toString("utf8")),
  );
  // Every error is followed by `close`.
  socket.on("error", () => undefined);
  socket.on("close", () => handlers.onClose());
}
