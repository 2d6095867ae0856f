import type { Made } from "./function.ts";
import type { Domain, Stage } from "./stage.ts";

/**
 * Requests per second over all callers. Beyond it the gateway replies 429. The limit of one key is
 * a registry setting.
 */
const THROTTLE = { rate: 500, burst: 1000 };

/**
 * What the gateway logs for each request. It leaves out the path and the query: a path contains the
 * caller's speaker id, and a key sent in an address must not reach a log. The function's own log
 * line names the route.
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

/**
 * Sends every request to the function: the app does the routing and replies 404 for unknown routes.
 */
export function httpApi(stage: Stage, api: Made): sst.aws.ApiGatewayV2 {
  const gateway = new sst.aws.ApiGatewayV2("Http", {
    // The app answers preflights: a gateway with CORS of its own would replace its headers.
    cors: false,
    ...(stage.domain ? { domain: domainArgs(stage.domain) } : {}),
    transform: {
      api: (args) => {
        // Whatever protects the domain, such as a firewall, must not have a way around it.
        args.disableExecuteApiEndpoint = stage.domain !== undefined;
      },
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

const domainArgs = ({ name, certificate }: Domain) =>
  certificate ? { name, cert: certificate, dns: false as const } : { name };
