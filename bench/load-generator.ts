import { connect, type Socket } from "node:net";
import type { Running } from "./server.ts";

const GIVE_UP_MS = 40_000;
const CAPACITY_SECONDS = 5;

export type Reply = { status: number; ms: number; endedMs: number };

/** Connections that wait for the next request. */
const idle = new Set<Socket>();

/**
 * Sends a request. Status 0 means that the connection failed, or that no reply came in 40 s. Writes
 * to the socket itself, because the generator shares the cores with the server that it measures.
 */
export function send(server: Running, path: string, body?: Buffer): Promise<Reply> {
  const startMs = performance.now();
  const socket = connection(server);
  return new Promise((resolve) => {
    let received = "";
    const done = (status: number) => {
      clearTimeout(timer);
      socket.off("data", onData).off("close", onClose);
      if (status === 0 || /^connection: close/im.test(received)) socket.destroy();
      else idle.add(socket);
      const endedMs = performance.now();
      resolve({ status, ms: endedMs - startMs, endedMs });
    };
    const onData = (chunk: Buffer) => {
      received += chunk.toString("latin1");
      if (isComplete(received)) done(Number(received.slice(9, 12)));
    };
    const onClose = () => done(0);
    const timer = setTimeout(onClose, GIVE_UP_MS);
    socket.on("data", onData).on("close", onClose);
    socket.cork();
    socket.write(head(server, path, body));
    if (body) socket.write(body);
    socket.uncork();
  });
}

function connection(server: Running): Socket {
  for (const socket of idle) {
    idle.delete(socket);
    return socket;
  }
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setNoDelay();
  socket.on("close", () => idle.delete(socket));
  // A connection that fails is closed as well.
  socket.on("error", () => undefined);
  return socket;
}

function head(server: Running, path: string, body: Buffer | undefined): string {
  const lines = [
    `${body ? "POST" : "GET"} ${path} HTTP/1.1`,
    `Host: ${new URL(server.url).host}`,
    `Authorization: Bearer ${server.key}`,
    ...(body ? ["Content-Type: audio/wav", `Content-Length: ${body.length}`] : []),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Whether the text is a whole reply. Every reply to these requests states its length. */
function isComplete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  return text.length >= end + 4 + Number(length);
}

export function closeConnections(): void {
  for (const socket of idle) socket.destroy();
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Measures verifications per second with four callers that each wait for their reply. */
export async function capacityOf(server: Running, clip: Buffer): Promise<number> {
  const end = performance.now() + CAPACITY_SECONDS * 1000;
  let answered = 0;
  const caller = async () => {
    while (performance.now() < end)
      if ((await send(server, "/verify?speaker=awb", clip)).status === 200) answered += 1;
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  return answered / CAPACITY_SECONDS;
}
