/**
 * Events as AWS sends them. Fields that a function doesn't read have the values of AWS's examples.
 */
import type { HttpEvent, HttpResult } from "../../functions/aws/lambda-app.ts";

export type Sent = {
  method?: string;
  path: string;
  query?: string;
  headers?: Record<string, string>;
  /** Bytes travel as base 64, text as it is. */
  body?: Uint8Array | string;
};

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const gatewayEvent = (sent: Sent): HttpEvent =>
  eventOf(sent, "api-id.execute-api.eu-central-1.amazonaws.com");

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export const functionUrlEvent = (sent: Sent): HttpEvent =>
  eventOf(sent, "url-id.lambda-url.eu-central-1.on.aws");

function eventOf(
  { method = "GET", path, query = "", headers = {}, body }: Sent,
  domainName: string,
): HttpEvent {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    headers: {
      host: domainName,
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-proto": "https",
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    },
    requestContext: {
      accountId: "123456789012",
      apiId: domainName.split(".")[0],
      domainName,
      domainPrefix: domainName.split(".")[0],
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
      requestId: "request-id",
      routeKey: "$default",
      stage: "$default",
      time: "25/Nov/2026:00:00:00 +0000",
      timeEpoch: 1_795_564_800_000,
    },
    ...(body === undefined
      ? {}
      : { body: typeof body === "string" ? body : Buffer.from(body).toString("base64") }),
    isBase64Encoded: body !== undefined && typeof body !== "string",
  } as HttpEvent;
}

/** A handler's result as a client would see it. */
export function replyOf(result: unknown) {
  const { statusCode, headers, body, isBase64Encoded } = result as HttpResult;
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  const isJson = /json/.test(headers["content-type"] ?? "");
  return { status: statusCode, headers, text, body: isJson ? JSON.parse(text) : undefined };
}
