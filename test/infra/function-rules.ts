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
];
const HANDLERS: Readonly<Record<string, string>> = {
  ApiFunction: "lambda.handler",
  UploadWorkerFunction: "worker-upload.handler",
  JobWorkerFunction: "worker-job.handler",
  SweeperFunction: "sweeper.handler",
  GalleryBuilderFunction: "gallery-builder.handler",
};

const variables = (fn: Resource): Record<string, string> =>
  (at(fn, "environment.secret.variables") ?? {}) as Record<string, string>;

/** The five functions, the API before them, and what sets the workers off. */
export const FUNCTION_RULES: readonly Rule[] = [
  all("functions: arm64, 1792 MB, nodejs24.x, a zip", (d) => ofType(d, "lambda/function"), {
    architectures: ["arm64"],
    memorySize: 1792,
    runtime: "nodejs24.x",
    packageType: "Zip",
  }),
  holds("five functions, each with its entry", (d) => {
    const found = Object.fromEntries(
      ofType(d, "lambda/function").map(({ name, inputs }) => [name, inputs.handler]),
    );
    return FUNCTIONS.map((name) => `${name}Function`)
      .filter((name) => found[name] !== HANDLERS[name])
      .map((name) => `${name} runs ${found[name]}`);
  }),
  all("the environment is encrypted with the key", (d) => ofType(d, "lambda/function"), {
    kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/EncryptionKey",
  }),
  holds("each is told, in secret, table, bucket, key, queue, secret and where its metrics go", (d) =>
    ofType(d, "lambda/function").flatMap((fn) => [
      ...ENVIRONMENT.filter((name) => !variables(fn)[name]).map((name) => `${fn.name} lacks ${name}`),
      ...(variables(fn).VOICEROLL_SECRET === SECRET ? [] : [`${fn.name} has another secret`]),
    ]),
  ),
  holds("the API answers before its gateway gives up", (d) =>
    Number(one(d, "lambda/function", "ApiFunction").inputs.timeout) <= 30
      ? []
      : ["it may run longer than 30 s"],
  ),
  all("logs go to a group of the function's own, which ends", (d) => ofType(d, "cloudwatch/logGroup"), {
    retentionInDays: 90,
  }),
  holds("no function logs elsewhere", (d) => {
    const groups = ofType(d, "cloudwatch/logGroup").map(({ inputs }) => inputs.name);
    return ofType(d, "lambda/function")
      .filter((fn) => !groups.includes(at(fn, "loggingConfig.logGroup")))
      .map(({ name }) => name);
  }),
  holds("the access log holds no path, query, address or agent", (d) => {
    const format = String(at(one(d, "apigatewayv2/stage"), "accessLogSettings.format"));
    return [/\$context\.path/, /query/i, /sourceIp/, /userAgent/, /authorizer/i]
      .filter((pattern) => pattern.test(format))
      .map((pattern) => `it holds ${pattern}`);
  }),
  all("the gateway throttles", (d) => ofType(d, "apigatewayv2/stage"), {
    "defaultRouteSettings.throttlingRateLimit": 500,
    "defaultRouteSettings.throttlingBurstLimit": 1000,
  }),
  holds("one route for all, and no other origin's page", (d) => {
    const { corsConfiguration } = one(d, "apigatewayv2/api").inputs;
    const routes = ofType(d, "apigatewayv2/route").map(({ inputs }) => inputs.routeKey);
    return [
      ...(routes.join() === "$default" ? [] : [`routes: ${routes}`]),
      ...(Object.keys(corsConfiguration ?? {}).length === 0 ? [] : [JSON.stringify(corsConfiguration)]),
    ];
  }),
  all("events of API Gateway come in form 2.0", (d) => ofType(d, "apigatewayv2/integration"), {
    payloadFormatVersion: "2.0",
    integrationType: "AWS_PROXY",
  }),
  all("tracing is asked for where the operator asks for it", (d) => ofType(d, "lambda/function"), {
    tracingConfig: { mode: "Active" },
  }),
  all(
    "the API's share of the account is what the operator set",
    (d) => [one(d, "lambda/function", "ApiFunction")],
    {
      reservedConcurrentExecutions: 50,
    },
  ),
  all("the sweeper runs once a day", (d) => ofType(d, "scheduler/schedule"), {
    scheduleExpression: "cron(20 3 * * ? *)",
    state: "ENABLED",
  }),
];
