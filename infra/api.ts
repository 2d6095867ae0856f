import type { Made } from "./function.ts";
import type { Stage } from "./stage.ts";

/** Requests a second over all callers; beyond it the gateway answers 429. Each key's own limit is the registry's. */
const THROTTLE = { rate: 500, burst: 1000 };

/**
 * What the gateway writes per request. No path and no query: a path holds the caller's name for a speaker, and a key in
 * an address must not end in a log. The function's own line says which route it was.
 */
const ACCESS_LOG = {
  requestTime: "$context.requestTime",
  requestId: "$context.requestId",
  httpMethod: "$context.httpMethod",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseLatency: "$context.responseLatency",
  responseLength: "$context.responseLength",
  integrationLatency: "$context.integration.latency",
  integrationStatus: "$context.integration.status",
  error: "$context.error.message",
  integrationError: "$context.integration.error",
};

/** One route for everything: the app routes, and answers what it does not know. */
export function httpApi(stage: Stage, api: Made): sst.aws.ApiGatewayV2 {
  const gateway = new sst.aws.ApiGatewayV2("Http", {
    // Keys belong in a backend, not in a page: no browser of another origin is let in.
    cors: false,
    transform: {
      logGroup: (args) => {
        args.name = `/aws/vendedlogs/voiceroll/${stage.name}/http`;
        args.retentionInDays = stage.logRetentionDays;
      },
      stage: (args) => {
        const { destinationArn } = args.accessLogSettings as { destinationArn: $util.Input<string> };
        args.accessLogSettings = { destinationArn, format: JSON.stringify(ACCESS_LOG) };
        args.defaultRouteSettings = {
          throttlingRateLimit: THROTTLE.rate,
          throttlingBurstLimit: THROTTLE.burst,
        };
      },
    },
  });
  gateway.route("$default", api.lambda.arn);
  return gateway;
}
