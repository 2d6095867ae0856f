/**
 * A stand-in for AWS's vector indexes: S3 Vectors, and DynamoDB's SearchVectors in front of
 * DynamoDB Local, which has none. It follows the API models of the SDK's clients, and refuses what
 * the services' quotas refuse.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { type ExactVectors, exactVectors } from "./exact-vectors.ts";

export type VectorServer = { url: string; vectors: ExactVectors; close(): void };
/** A reply's status, and its body as JSON. */
export type Reply = { status: number; body: object };
/** Answers a call. Undefined: another service answers it */
export type Protocol = (operation: string, body: never) => Reply | undefined;

export class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/**
 * Starts a server that speaks the protocol.
 *
 * target  where other calls go. Undefined: they are refused
 * now     epoch milliseconds, by which writes become visible
 */
export async function vectorServer(
  protocol: (vectors: ExactVectors) => Protocol,
  { target, now }: { target?: string; now?: (() => number) | undefined } = {},
): Promise<VectorServer> {
  const vectors = exactVectors(now);
  const answer = protocol(vectors);
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await json(incoming);
    const operation =
      String(incoming.headers["x-amz-target"] ?? "").split(".")[1] ?? (incoming.url ?? "").slice(1);
    const reply = replyOf(() => {
      const own = answer(operation, body as never);
      if (own && vectors.isThrottled()) throw new Refusal(429, "TooManyRequestsException", "Slow down.");
      return own;
    });
    if (reply) return send(outgoing, reply.status, JSON.stringify(reply.body));
    if (!target) return send(outgoing, 404, JSON.stringify({ __type: "UnknownOperationException" }));
    const headers = Object.entries(incoming.headers).filter(([name]) => FORWARDED.test(name));
    const forwarded = await fetch(target, {
      method: "POST",
      headers: headers as [string, string][],
      body: JSON.stringify(body),
    });
    return send(outgoing, forwarded.status, await forwarded.text());
  };
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vectors,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const FORWARDED = /^(authorization|content-type|x-amz-.*)$/;

function replyOf(answer: () => Reply | undefined): Reply | undefined {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, type, message } = error;
    return { status, body: { __type: type, message } };
  }
}

function send(outgoing: ServerResponse, status: number, body: string): void {
  const { __type: type } = JSON.parse(body || "{}") as { __type?: string };
  outgoing.writeHead(status, {
    "Content-Type": "application/x-amz-json-1.0",
    ...(type ? { "x-amzn-errortype": type } : {}),
  });
  outgoing.end(body);
}
