/**
 * Limits SDK clients to the rights of a function's role, because the stand-ins allow everything.
 */
import type { Asked, Policy } from "./policy.ts";

type Values = Record<string, { S?: string }>;
/** Of all commands' inputs, what rights depend on. */
type Input = {
  Key?: Values | string;
  Item?: Values;
  IndexName?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Values;
  RequestItems?: Record<string, { Keys: Values[] }>;
  TransactItems?: Record<string, Input>[];
  Prefix?: string;
  VersionId?: string;
  SSEKMSKeyId?: string;
  QueueUrl?: string;
};

/** The names that resources have in the snapshot: a test's own have others. */
const TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/voiceroll-production-TableTable-random";
const BUCKET = "arn:aws:s3:::voiceroll-production-bucketbucket-random";
const JOB_QUEUE = "arn:aws:sqs:eu-central-1:123456789012:voiceroll-production-JobQueueQueue-random";
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/EncryptionKey";

/**
 * The rights that AWS would check for one command. Throws RangeError for a command without a rule.
 */
export function askedBy(command: string, input: Input): Asked[] {
  const rule = RULES[command];
  if (!rule) throw new RangeError(`test/support/rights.ts has no rule for ${command}`);
  return rule(input);
}

const RULES: Readonly<Record<string, (input: Input) => Asked[]>> = {
  GetItem: ({ Key }) => [onItem("GetItem", Key as Values)],
  PutItem: ({ Item }) => [onItem("PutItem", Item)],
  UpdateItem: ({ Key }) => [onItem("UpdateItem", Key as Values)],
  DeleteItem: ({ Key }) => [onItem("DeleteItem", Key as Values)],
  BatchGetItem: ({ RequestItems = {} }) =>
    Object.values(RequestItems).flatMap(({ Keys }) => Keys.map((key) => onItem("BatchGetItem", key))),
  Query: (input) => [
    {
      action: "dynamodb:Query",
      resource: input.IndexName ? `${TABLE}/index/${input.IndexName}` : TABLE,
      context: { "dynamodb:LeadingKeys": [partitionOf(input)] },
    },
  ],
  SearchVectors: ({ IndexName }) => [
    { action: "dynamodb:SearchVectors", resource: `${TABLE}/index/${IndexName}`, context: {} },
  ],
  TransactWriteItems: ({ TransactItems = [] }) => TransactItems.flatMap(partsOf),
  TransactGetItems: ({ TransactItems = [] }) => TransactItems.flatMap(partsOf),
  GetObject: (input) => [
    onObject(input.VersionId ? "GetObjectVersion" : "GetObject", input),
    ...keyOf("Decrypt"),
  ],
  HeadObject: (input) => [onObject(input.VersionId ? "GetObjectVersion" : "GetObject", input)],
  PutObject: (input) => [onObject("PutObject", input), ...keyOf("GenerateDataKey")],
  DeleteObject: (input) => [onObject(input.VersionId ? "DeleteObjectVersion" : "DeleteObject", input)],
  ListObjectsV2: ({ Prefix }) => [onBucket("ListBucket", Prefix)],
  ListObjectVersions: ({ Prefix }) => [onBucket("ListBucketVersions", Prefix)],
  SendMessage: () => [{ action: "sqs:SendMessage", resource: JOB_QUEUE, context: {} }],
};

const onItem = (action: string, key: Values = {}): Asked => ({
  action: `dynamodb:${action}`,
  resource: TABLE,
  context: { "dynamodb:LeadingKeys": [key.PK?.S ?? ""] },
});
const onObject = (action: string, { Key }: Input): Asked => ({
  action: `s3:${action}`,
  resource: `${BUCKET}/${Key}`,
  context: {},
});
const onBucket = (action: string, prefix: string | undefined): Asked => ({
  action: `s3:${action}`,
  resource: BUCKET,
  context: prefix === undefined ? {} : { "s3:prefix": [prefix] },
});
const keyOf = (action: string): Asked[] => [{ action: `kms:${action}`, resource: KEY, context: {} }];

/** The keys of a transaction's parts are Put, Update, Delete, ConditionCheck or Get. */
const partsOf = (part: Record<string, Input>): Asked[] =>
  Object.entries(part).map(([kind, { Key, Item }]) =>
    onItem(kind === "ConditionCheck" ? "ConditionCheckItem" : `${kind}Item`, Item ?? (Key as Values)),
  );

/** The partition that a query reads: the value that PK or GSI1PK has to be equal to. */
function partitionOf(input: Input): string {
  const {
    KeyConditionExpression = "",
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = input;
  for (const [, name, value] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g))
    if (/^(GSI1)?PK$/.test(names[name] ?? name)) return values[value]?.S ?? "";
  throw new RangeError(`no partition in ${KeyConditionExpression}`);
}

type Stack = {
  add(
    middleware: (
      next: (args: { input: object }) => Promise<never>,
      context: { commandName?: string },
    ) => (args: { input: object }) => Promise<never>,
    options: { step: "initialize"; name: string },
  ): void;
};

/**
 * Rejects calls that the policy doesn't allow, with an error like AWS's. Adds each needed action to
 * `used`.
 */
export function bindTo(
  policy: Policy,
  used: Set<string>,
  clients: readonly { middlewareStack: unknown }[],
): void {
  for (const { middlewareStack } of clients)
    (middlewareStack as Stack).add(
      (next, { commandName = "" }) =>
        async (args) => {
          for (const asked of askedBy(commandName.replace(/Command$/, ""), args.input as Input)) {
            used.add(asked.action);
            if (!policy.allows(asked)) throw refusal(asked);
          }
          return next(args).catch((error) => {
            throw isMissing(error) && !policy.allows(LIST_ALL) ? refusal(LIST_ALL) : error;
          });
        },
      { step: "initialize", name: "rights" },
    );
}

/** S3 tells only those who may list the whole bucket that an object doesn't exist. */
const LIST_ALL: Asked = { action: "s3:ListBucket", resource: BUCKET, context: {} };
const isMissing = (error: unknown): boolean =>
  error instanceof Error && ["NotFound", "NoSuchKey", "NoSuchVersion"].includes(error.name);

const refusal = ({ action, resource, context }: Asked): Error =>
  Object.assign(
    new Error(`not authorized to perform ${action} on ${resource} with ${JSON.stringify(context)}`),
    {
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 403 },
    },
  );

/** What AWS itself does with a role, and what only a deployment with a candidate index does. */
const NOT_BY_CALLS = /^(logs:|xray:|dynamodb:SearchVectors|sqs:(?!SendMessage$)|events:)/;

/** The rights of a role that no call needed. */
export const unusedOf = (policy: Policy, used: ReadonlySet<string>): string[] =>
  policy.actions.filter((action) => !NOT_BY_CALLS.test(action) && !used.has(action));
