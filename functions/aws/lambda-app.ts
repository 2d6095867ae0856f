import { STATUS_CODES } from "node:http";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import type { Services } from "../../lib/ports/services.ts";
import { createApp } from "../app.ts";
import type { LogEntry } from "../http/metrics/log.ts";
import { MEDIA_TYPE } from "../http/replies/problem.ts";

/**
 * The events of API Gateway (HTTP API, payload 2.0) and of function URLs.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
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
/** The fields of Lambda's context object that a function reads. */
type InvocationContext = { awsRequestId: string; getRemainingTimeInMillis(): number };
export type HttpResult = {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
};
type LambdaLogEntry = LogEntry & { awsRequestId: string };

/** Time to send the reply before Lambda ends the invocation. */
const MARGIN_MS = 500;
/** API Gateway waits at most 30 s, even if the function's limit is higher. */
const MOST_MS = 29_000;

/**
 * Returns the API as a Lambda handler. Events that no HTTP client could cause get a 400 problem and
 * don't reach a route. Body limits apply while a body is decoded (functions/http/guard/limits.ts),
 * because an event may have no Content-Length.
 */
export function lambdaHandler(
  services: Services,
  { log, corsOrigins }: { log: (entry: LambdaLogEntry) => void; corsOrigins?: readonly string[] },
) {
  const app = createApp(
    services,
    ({ lambdaContext }: { lambdaContext: InvocationContext }) => ({
      log: (entry) => log({ ...entry, awsRequestId: lambdaContext.awsRequestId }),
      deadlineMs: deadlineOf(lambdaContext),
      stopAtDeadline: true,
    }),
    { corsOrigins },
  );
  const inner = handle(app);
  return async (event: unknown, context: InvocationContext): Promise<HttpResult> => {
    if (!isHttpEvent(event))
      return plainProblem("This function accepts events of HTTP API 2.0 and of function URLs.");
    const { statusCode, headers, body, isBase64Encoded } = await inner(
      asSent(event) as unknown as LambdaEvent,
      context as LambdaContext,
    );
    // A reply without an ID isn't from the app, unless it answers a preflight: the adapter could
    // not turn the event into a request.
    if (!headers?.["x-request-id"] && !headers?.["access-control-allow-methods"])
      return plainProblem(
        "The event is not a valid HTTP request: its URL, a header or its base64 body is malformed.",
      );
    return { statusCode, headers: headers as Record<string, string>, body, isBase64Encoded };
  };
}

const deadlineOf = (context: InvocationContext): number =>
  Math.max(1, Math.min(MOST_MS, context.getRemainingTimeInMillis() - MARGIN_MS));

function isHttpEvent(event: unknown): event is HttpEvent {
  const { version, rawPath, requestContext } = (event ?? {}) as Partial<HttpEvent>;
  return version === "2.0" && typeof rawPath === "string" && typeof requestContext?.http?.method === "string";
}

/** Characters that a gateway may have decoded in a path. `#`, `?` and `\` would change the URL. */
const NOT_IN_PATH = /[^\w.~!$&'()*+,;=:@/%-]/gu;
const NOT_ASCII = /[^\x00-\x7f]/g;

/**
 * The event as a server would receive it: without a body for GET and HEAD, and with non-ASCII
 * headers still invalid.
 */
function asSent(event: HttpEvent): HttpEvent {
  const { body, ...rest } = event;
  const rawPath = event.rawPath
    .toWellFormed()
    .replace(NOT_IN_PATH, (character) => encodeURIComponent(character));
  const headers = Object.fromEntries(
    // The adapter would encode such a value, and a non-ASCII Idempotency-Key would then be
    // accepted.
    Object.entries(event.headers ?? {}).map(([name, value]) => [name, value?.replace(NOT_ASCII, "\x7f")]),
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
