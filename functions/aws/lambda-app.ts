import { STATUS_CODES } from "node:http";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import type { Services } from "../../lib/ports/services.ts";
import { createApp } from "../app.ts";
import type { LogEntry } from "../http/metrics/log.ts";
import { MEDIA_TYPE } from "../http/replies/problem.ts";

/** What API Gateway (HTTP API, payload 2.0) and function URLs send: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export type HttpEvent = {
  version: "2.0";
  rawPath: string;
  rawQueryString: string;
  headers: Record<string, string | undefined>;
  cookies?: string[];
  requestContext: { http: { method: string } } & Record<string, unknown>;
  body?: string;
  isBase64Encoded: boolean;
};
/** What a function needs of Lambda's context object. */
export type InvocationContext = { awsRequestId: string; getRemainingTimeInMillis(): number };
export type HttpResult = {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
};
export type LambdaLogEntry = LogEntry & { awsRequestId: string };

/** Time to send the answer before Lambda ends the invocation without one. */
const MARGIN_MS = 500;
/** API Gateway waits 30 s at most, whatever the function's own limit. */
const MOST_MS = 29_000;

/**
 * The API as a Lambda handler. What no HTTP client could have sent through AWS gets a 400 problem and reaches no route.
 * The body is measured as it is decoded (functions/http/guard/limits.ts): no header says how large it may be.
 */
export function lambdaHandler(services: Services, { log }: { log: (entry: LambdaLogEntry) => void }) {
  const app = createApp(services, ({ lambdaContext }: { lambdaContext: InvocationContext }) => ({
    log: (entry) => log({ ...entry, awsRequestId: lambdaContext.awsRequestId }),
    deadlineMs: deadlineOf(lambdaContext),
    stopAtDeadline: true,
  }));
  const inner = handle(app);
  return async (event: unknown, context: InvocationContext): Promise<HttpResult> => {
    if (!isHttpEvent(event))
      return plainProblem("This function takes events of HTTP API 2.0 and function URLs.");
    const { statusCode, headers, body, isBase64Encoded } = await inner(
      asSent(event) as unknown as LambdaEvent,
      context as LambdaContext,
    );
    // Without an id it did not come from the app: the adapter could make no request of the event.
    if (!headers?.["x-request-id"])
      return plainProblem("The event is no HTTP request: its address, a header or its base 64 is malformed.");
    return { statusCode, headers: headers as Record<string, string>, body, isBase64Encoded };
  };
}

const deadlineOf = (context: InvocationContext): number =>
  Math.max(1, Math.min(MOST_MS, context.getRemainingTimeInMillis() - MARGIN_MS));

function isHttpEvent(event: unknown): event is HttpEvent {
  const { version, rawPath, requestContext } = (event ?? {}) as Partial<HttpEvent>;
  return version === "2.0" && typeof rawPath === "string" && typeof requestContext?.http?.method === "string";
}

/** What a gateway could have undone in a path: `#`, `?` or `\` in it would cut or turn the address. */
const NO_PATH = /[^\w.~!$&'()*+,;=:@/%-]/gu;
const NO_ASCII = /[^\x00-\x7f]/g;

/** As a server's routes would see it: no body where the method has none; what is not ASCII in a header stays unfit. */
function asSent(event: HttpEvent): HttpEvent {
  const { body, ...rest } = event;
  const rawPath = event.rawPath.toWellFormed().replace(NO_PATH, (sign) => encodeURIComponent(sign));
  const headers = Object.fromEntries(
    // The adapter would encode such a value, so that an Idempotency-Key of other letters passed for one of ASCII.
    Object.entries(event.headers ?? {}).map(([name, value]) => [name, value?.replace(NO_ASCII, "\x7f")]),
  );
  const bodiless = ["GET", "HEAD"].includes(event.requestContext.http.method);
  return { ...rest, rawPath, headers, ...(bodiless || body === undefined ? {} : { body }) };
}

function plainProblem(detail: string): HttpResult {
  const status = 400;
  return {
    statusCode: status,
    headers: { "content-type": MEDIA_TYPE, "cache-control": "no-store" },
    body: JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail }),
    isBase64Encoded: false,
  };
}
