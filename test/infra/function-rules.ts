import { FUNCTIONS } from "../../infra/alarm-list.ts";
import { ofType, one, type Resource, SECRET } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";

const ENVIRONMENT = [
  "AWS_EMF_NAMESPACE",
  "VOICEROLL_BUCKET",
  "VOICEROLL_JOB_QUEUE_URL",
  "VOICEROLL_KMS_KEY_ID",
  "VOICEROLL_SECRET",
  "VOICEROLL_TABLE",
  "VOICEROLL_UPLOAD_QUEUE_URL",
];
const HANDLERS: Readonly<Record<string, string>> = {
  ApiFunction: "lambda.handler",
  UploadWorkerFunction: "worker-upload.handler",
  JobWorkerFunction: "worker-job.handler",
  SweeperFunction: "sweeper.handler",
  GalleryBuilderFunction: "gallery-builder.handler",
  AdminFunction: "admin.handler",
};

const variables = (fn: Resource): Record<string, string> =>
  (at(fn, "environment.secret.variables") ?? {}) as Record<string, string>;

/**
 * Variables of the functions that their own bundles and requests need. The command line runs with
 * an installed model, and its jobs' files are read by the functions.
 */
const OF_FUNCTIONS = ["VOICEROLL_FILE_PREFIXES", "VOICEROLL_MODEL", "VOICEROLL_UPLOAD_QUEUE_URL"];

/** Functions, the HTTP API and the schedule. */
export const FUNCTION_RULES: readonly Rule[] = [
  all(
    "functions are zip packages for nodejs24.x on arm64 with 1792 MB, and 1 GiB for uploads",
    (d) => ofType(d, "lambda/function"),
    {
      architectures: ["arm64"],
      memorySize: 1792,
      ephemeralStorage: { size: 1024 },
      runtime: "nodejs24.x",
      packageType: "Zip",
    },
  ),
  holds("each of the six functions runs its entry", (d) => {
    const found = Object.fromEntries(
      ofType(d, "lambda/function").map(({ name, inputs }) => [name, inputs.handler]),
    );
    return FUNCTIONS.map((name) => `${name}Function`)
      .filter((name) => found[name] !== HANDLERS[name])
      .map((name) => `${name} runs ${found[name]}`);
  }),
  all("the environment is encrypted with the deployment's key", (d) => ofType(d, "lambda/function"), {
    kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/EncryptionKey",
  }),
  holds(
    "every function gets table, bucket, key, queue, secret and metrics namespace, marked as secret",
    (d) =>
      ofType(d, "lambda/function").flatMap((fn) => [
        ...ENVIRONMENT.filter((name) => !variables(fn)[name]).map((name) => `${fn.name} has no ${name}`),
        ...(variables(fn).VOICEROLL_SECRET === SECRET ? [] : [`${fn.name} has another secret`]),
      ]),
  ),
  holds("commandLine has every variable that the command line needs", (d) =>
    Object.entries(variables(one(d, "lambda/function", "ApiFunction")))
      .filter(([name]) => name.startsWith("VOICEROLL_") && !OF_FUNCTIONS.includes(name))
      .filter(([name, value]) => {
        // Outputs have the random ends of names, which resources lack here.
        const shown = /SECRETS?$/.test(name) ? `"$${name}"` : value.replace(/random$/, "");
        return !d.outputs.commandLine?.includes(`${name}=${shown}`);
      })
      .map(([name]) => `it lacks ${name}`),
  ),
  holds("the API times out before its gateway does", (d) =>
    Number(one(d, "lambda/function", "ApiFunction").inputs.timeout) <= 30 ? [] : ["its timeout exceeds 30 s"],
  ),
  all("log groups expire", (d) => ofType(d, "cloudwatch/logGroup"), {
    retentionInDays: 90,
  }),
  holds("every function logs to its own group", (d) => {
    const groups = ofType(d, "cloudwatch/logGroup").map(({ inputs }) => inputs.name);
    return ofType(d, "lambda/function")
      .filter((fn) => !groups.includes(at(fn, "loggingConfig.logGroup")))
      .map(({ name }) => name);
  }),
  holds("the access log has no path, query, IP address, user agent or authorizer data", (d) => {
    const format = String(at(one(d, "apigatewayv2/stage"), "accessLogSettings.format"));
    return [/\$context\.path/, /query/i, /sourceIp/, /userAgent/, /authorizer/i]
      .filter((pattern) => pattern.test(format))
      .map((pattern) => `it contains ${pattern}`);
  }),
  all("the gateway throttles requests", (d) => ofType(d, "apigatewayv2/stage"), {
    "defaultRouteSettings.throttlingRateLimit": 500,
    "defaultRouteSettings.throttlingBurstLimit": 1000,
  }),
  holds("the gateway has one route and no CORS", (d) => {
    const { corsConfiguration } = one(d, "apigatewayv2/api").inputs;
    const routes = ofType(d, "apigatewayv2/route").map(({ inputs }) => inputs.routeKey);
    return [
      ...(routes.join() === "$default" ? [] : [`routes: ${routes}`]),
      ...(Object.keys(corsConfiguration ?? {}).length === 0 ? [] : [JSON.stringify(corsConfiguration)]),
    ];
  }),
  all("API Gateway sends events in payload format 2.0", (d) => ofType(d, "apigatewayv2/integration"), {
    payloadFormatVersion: "2.0",
    integrationType: "AWS_PROXY",
  }),
  all("functions are traced if the operator enables tracing", (d) => ofType(d, "lambda/function"), {
    tracingConfig: { mode: "Active" },
  }),
  all("the API reserves the configured concurrency", (d) => [one(d, "lambda/function", "ApiFunction")], {
    reservedConcurrentExecutions: 50,
  }),
  all("the sweeper runs once a day", (d) => [one(d, "scheduler/schedule", "SweepSchedule")], {
    scheduleExpression: "cron(20 3 * * ? *)",
    state: "ENABLED",
  }),
  all(
    "the job worker looks for due deliveries every five minutes",
    (d) => [one(d, "scheduler/schedule", "DueDeliveriesSchedule")],
    { scheduleExpression: "rate(5 minutes)", state: "ENABLED" },
  ),
];
