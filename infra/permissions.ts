/**
 * What each function may do, written out: no `link`, since SST's links grant every action on a resource. One line of a
 * function's list in infra/functions.ts is one builder here.
 */
import type { Prefix } from "./bucket.ts";

export type Permission = sst.aws.FunctionPermissionArgs;

/** Every item's partition begins with its registry or is an API key; nothing else of the table can be named. */
const LEADING_KEYS = ["R#*", "K#*"];

const QUERY = ["dynamodb:Query"];
/** The change log, and the items that it names. */
const FOLLOW = [...QUERY, "dynamodb:BatchGetItem"];
const READ = [...FOLLOW, "dynamodb:GetItem"];
/** A transaction needs what its parts need. */
const WRITE = [
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:ConditionCheckItem",
];

export const followTable = (table: sst.aws.Dynamo): Permission[] => [onTable(table.arn, FOLLOW)];
export const writeTable = (table: sst.aws.Dynamo): Permission[] => [
  onTable(table.arn, [...READ, ...WRITE]),
  onTable($interpolate`${table.arn}/index/GSI1`, QUERY),
];

/** ForAllValues also holds for a request without keys; the actions that need none (Scan, PartiQL) are not granted. */
const onTable = (arn: $util.Input<string>, actions: string[]): Permission => ({
  actions,
  resources: [arn],
  conditions: [{ test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: LEADING_KEYS }],
});

export const readStream = (table: sst.aws.Dynamo): Permission[] => [
  {
    actions: [
      "dynamodb:DescribeStream",
      "dynamodb:GetRecords",
      "dynamodb:GetShardIterator",
      "dynamodb:ListStreams",
    ],
    resources: [table.nodes.table.streamArn],
  },
];

/** The bucket is versioned: enrolled recordings are read in the version that was heard, and what is erased is erased in every version. */
const OBJECT_ACTIONS = {
  read: ["s3:GetObject"],
  pinned: ["s3:GetObjectVersion"],
  write: ["s3:PutObject"],
  erase: ["s3:DeleteObjectVersion"],
} as const;
export type ObjectRight = keyof typeof OBJECT_ACTIONS;

/** What a function may do under each prefix. */
export function objects(
  bucket: sst.aws.Bucket,
  rights: Partial<Record<Prefix, readonly ObjectRight[]>>,
): Permission[] {
  const entries = Object.entries(rights) as [Prefix, readonly ObjectRight[]][];
  const perPrefix = entries.map(([prefix, granted]) => ({
    actions: granted.flatMap((right) => [...OBJECT_ACTIONS[right]]),
    resources: [$interpolate`${bucket.arn}/${prefix}/*`],
  }));
  const values = entries.map(([prefix]) => `${prefix}/*`);
  return [
    ...perPrefix,
    {
      // Without it S3 answers 403 for an object that is not there. "IfExists", since a GetObject carries no prefix.
      actions: ["s3:ListBucket"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLikeIfExists", variable: "s3:prefix", values }],
    },
    ...listVersions(bucket, entries),
  ];
}

function listVersions(
  bucket: sst.aws.Bucket,
  entries: readonly [Prefix, readonly ObjectRight[]][],
): Permission[] {
  const values = entries.filter(([, rights]) => rights.includes("erase")).map(([prefix]) => `${prefix}/*`);
  if (values.length === 0) return [];
  return [
    {
      actions: ["s3:ListBucketVersions"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values }],
    },
  ];
}

/** Decrypt is also for the function's own environment. DynamoDB's part stands in the key's policy. */
export const useKey = (key: aws.kms.Key): Permission[] => [
  { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.arn] },
];

export const sendTo = (...queues: sst.aws.Queue[]): Permission[] => [
  { actions: ["sqs:SendMessage"], resources: queues.map(({ arn }) => arn) },
];

export const consume = (queue: sst.aws.Queue): Permission[] => [
  {
    actions: [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
    ],
    resources: [queue.arn],
  },
];

export const writeLog = (group: aws.cloudwatch.LogGroup): Permission[] => [
  { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [$interpolate`${group.arn}:*`] },
];

/** X-Ray knows no resources: this is the one statement with a star. */
export const trace = (): Permission[] => [
  { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] },
];
