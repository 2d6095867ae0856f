/**
 * A real HTTP proxy between the AWS SDK and a stand-in, which spoils chosen calls on the wire: the
 * code under test keeps its own connections, timeouts and retries.
 */
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** "-after": the service has done its work, only the reply is lost. */
export const FAULTS = ["throttle", "fail", "hang", "hang-after", "reset", "reset-after", "truncate"] as const;
export type Fault = (typeof FAULTS)[number];
/** The `nth` call of an operation since `spoil`, from 1; every attempt of it, or only its first. */
export type Spoilt = { operation: string; nth: number; fault: Fault; attempts: "first" | "all" };
export type Call = { id: string; operation: string; nth: number; attempts: number; lastAt: number };

export type FaultProxy = {
  url: string;
  /** Restarts the count of calls, and applies this fault. Undefined: no fault */
  spoil(spoilt: Spoilt | undefined): void;
  /**
   * Calls since `spoil`, in order of arrival. The SDK's invocation ID groups the attempts of a
   * call.
   */
  calls(): readonly Call[];
  /** Ends what hangs and every connection. */
  close(): Promise<void>;
};

export async function faultProxy(target: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(target);
  let calls = new Map<string, Call>();
  let spoilt: Spoilt | undefined;

  /** The fault of this attempt, if it has one. */
  function note(incoming: IncomingMessage): Fault | undefined {
    const operation = operationOf(incoming.method ?? "", incoming.url ?? "", incoming.headers);
    const id = String(incoming.headers["amz-sdk-invocation-id"]);
    const nth = 1 + [...calls.values()].filter((one) => one.operation === operation).length;
    const call = calls.get(id) ?? { id, operation, nth, attempts: 0, lastAt: 0 };
    call.attempts++;
    call.lastAt = performance.now();
    calls.set(id, call);
    const meant = spoilt?.operation === operation && spoilt.nth === call.nth;
    return meant && (spoilt?.attempts === "all" || call.attempts === 1) ? spoilt?.fault : undefined;
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fault = note(incoming);
    const body = await buffer(incoming);
    if (fault === "reset") return void incoming.socket.resetAndDestroy();
    if (fault === "hang") return;
    if (fault === "throttle" || fault === "fail") return refuse(incoming.headers, fault, outgoing);
    const { method, url: path, headers } = incoming;
    const forwarded = request({ agent, hostname, port, method, path, headers });
    forwarded.end(body);
    const [reply] = (await once(forwarded, "response")) as [IncomingMessage];
    const answer = await buffer(reply);
    if (fault === "hang-after") return;
    if (fault === "reset-after") return void incoming.socket.resetAndDestroy();
    const { "transfer-encoding": _, ...kept } = reply.headers;
    // Without a body there is nothing to cut, so announce one in the head.
    const length = fault === "truncate" ? Math.max(2, answer.length) : answer.length;
    const bodiless = method === "HEAD" || reply.statusCode === 204 || reply.statusCode === 304;
    const head = bodiless && fault !== "truncate" ? kept : { ...kept, "content-length": length };
    outgoing.writeHead(fault === "truncate" && bodiless ? 200 : (reply.statusCode ?? 502), head);
    if (fault !== "truncate") return void outgoing.end(answer);
    outgoing.write(answer.subarray(0, Math.floor(answer.length / 2)), () => incoming.socket.destroySoon());
    outgoing.flushHeaders();
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil(next) {
      spoilt = next;
      calls = new Map();
    },
    calls: () => [...calls.values()],
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

/** "PutItem", "SendMessage"; for S3, which has no names on the wire, by method and address. */
export function operationOf(method: string, path: string, headers: IncomingHttpHeaders): string {
  const target = String(headers["x-amz-target"] ?? "").split(".")[1];
  if (target) return target;
  const { pathname, searchParams } = new URL(path, "http://stand-in");
  const ofBucket = pathname.split("/").filter(Boolean).length < 2;
  if (method === "GET" && ofBucket)
    return searchParams.has("versions") ? "ListObjectVersions" : "ListObjectsV2";
  if (method === "POST" && searchParams.has("delete")) return "DeleteObjects";
  const kind = ofBucket ? "Bucket" : "Object";
  const verb = { GET: "Get", HEAD: "Head", PUT: "Put", DELETE: "Delete", POST: "Post" }[method] ?? method;
  return `${verb}${kind}`;
}

/**
 * Error formats:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
function refuse(headers: IncomingHttpHeaders, fault: "throttle" | "fail", outgoing: ServerResponse): void {
  const ofJson = headers["x-amz-target"] !== undefined;
  const slow = fault === "throttle";
  if (ofJson) {
    const name = slow ? "ProvisionedThroughputExceededException" : "InternalServerError";
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "spoilt by the test" };
    outgoing.writeHead(slow ? 400 : 500, { "Content-Type": "application/x-amz-json-1.0" });
    return void outgoing.end(JSON.stringify(body));
  }
  const code = slow ? "SlowDown" : "InternalError";
  outgoing.writeHead(slow ? 503 : 500, { "Content-Type": "application/xml" });
  outgoing.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>spoilt by the test</Message></Error>`,
  );
}
