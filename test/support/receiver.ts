import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

type Received = { headers: IncomingHttpHeaders; body: string };

/** A server that receives webhooks on 127.0.0.1. It ends with the test. */
export async function receiver(): Promise<{
  url: string;
  received: Received[];
  /** The status of each reply, 204 at first. */
  reply: { status: number };
  /** Resolves to the next message that arrives. */
  next(): Promise<Received>;
}> {
  const received: Received[] = [];
  const reply = { status: 204 };
  const waiting: ((one: Received) => void)[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { headers: request.headers, body };
    received.push(one);
    response.writeHead(reply.status, { Location: "/elsewhere" }).end();
    waiting.shift()?.(one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const next = () => new Promise<Received>((resolve) => waiting.push(resolve));
  return { url: `http://127.0.0.1:${port}/hook`, received, reply, next };
}
