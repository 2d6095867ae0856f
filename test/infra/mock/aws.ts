import type { MockCallArgs, MockResourceArgs, MockResourceResult } from "@pulumi/pulumi/runtime/mocks";

/** Outputs that AWS would add to a resource. Only those that other resources use. */
export const ACCOUNT = "123456789012";
const REGION = "eu-central-1";

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

type Added = (name: string) => Record<string, string>;
const ADDED: Readonly<Record<string, Added>> = {
  "aws:apigatewayv2/api:Api": (name) => ({
    apiEndpoint: `https://${name}.execute-api.${REGION}.amazonaws.com`,
    executionArn: arn("execute-api", name),
  }),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({ arn: arn("logs", `log-group:${name}`) }),
  "aws:dynamodb/table:Table": (name) => ({
    arn: arn("dynamodb", `table/${name}`),
    streamArn: arn("dynamodb", `table/${name}/stream/2026-01-01T00:00:00.000`),
  }),
  "aws:iam/role:Role": (name) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  "aws:kms/key:Key": (name) => ({ arn: arn("kms", `key/${name}`), keyId: name }),
  "aws:lambda/function:Function": (name) => ({ arn: arn("lambda", `function:${name}`) }),
  "aws:s3/bucket:Bucket": (name) => ({
    arn: `arn:aws:s3:::${name}`,
    bucketDomainName: `${name}.s3.amazonaws.com`,
  }),
  "aws:sns/topic:Topic": (name) => ({ arn: arn("sns", name) }),
  "aws:sqs/queue:Queue": (name) => ({
    arn: arn("sqs", name),
    url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`,
  }),
};

/**
 * Returns the requested resource with the outputs above. A resource without a name gets its logical
 * name.
 */
export function made({ type, name, inputs, id }: MockResourceArgs): MockResourceResult {
  // A resource that is looked up comes with its id.
  const physical: string = id || (inputs.name ?? inputs.bucket ?? name);
  const named = type.endsWith(":Bucket") ? { bucket: physical } : { name: physical };
  return { id: physical, state: { ...named, ...inputs, ...ADDED[type]?.(physical) } };
}

/**
 * Answers look-ups. Renders policy documents as the provider does, so that the rules can check
 * them.
 */
export function answered({ token, inputs }: MockCallArgs): Record<string, unknown> {
  if (token === "aws:iam/getPolicyDocument:getPolicyDocument") return policyDocument(inputs.statements ?? []);
  if (token === "aws:index/getCallerIdentity:getCallerIdentity") return { accountId: ACCOUNT };
  if (token === "aws:index/getPartition:getPartition")
    return { partition: "aws", dnsSuffix: "amazonaws.com" };
  if (token === "aws:index/getRegion:getRegion") return { region: REGION, name: REGION, id: REGION };
  if (token === "aws:ssm/getParametersByPath:getParametersByPath") return stored(inputs.path);
  throw new Error(`The mocks have no answer to ${token}. Add it to test/infra/mock/aws.ts.`);
}

/** What the last deployment stored, by CHECK_STORED: a parameter of this path. */
function stored(path: string): Record<string, unknown> {
  const value = process.env.CHECK_STORED;
  return value ? { names: [`${path}/settings`], values: [value] } : { names: [], values: [] };
}

type Statement = {
  sid?: string;
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
};

const policyDocument = (statements: Statement[]) => ({
  statements,
  json: JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, effect = "Allow", actions, resources, principals, conditions }) => ({
      Sid: sid,
      Effect: effect,
      Action: actions,
      Resource: resources,
      Principal: principals && Object.fromEntries(principals.map((one) => [one.type, one.identifiers])),
      Condition: conditions && conditionsOf(conditions),
    })),
  }),
});

function conditionsOf(conditions: NonNullable<Statement["conditions"]>) {
  const tests: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) tests[test] = { ...tests[test], [variable]: values };
  return tests;
}
