/**
 * Builders for the permissions listed in infra/functions.ts. We don't use SST's `link`, because it
 * grants every action on a resource.
 */
import { vectorBucketOf } from "../lib/adapters/aws/candidates/setting.ts";
import { vectorIndexName } from "../lib/adapters/aws/table-shape.ts";
import { PREFIXES } from "./bucket.ts";

export type Permission = sst.aws.FunctionPermissionArgs;

/**
 * Partition keys start with a registry (`R#`) or an API key (`K#`). Functions can't access any
 * other item.
 */
const LEADING_KEYS = ["R#*", "K#*"];

/** The list of registries, a registry (IDs have 26 characters), its keys and audit log; a key. */
const ADMIN_KEYS = ["R##", `R#${"?".repeat(26)}`, "R#*#K", "R#*#A", "K#*"];

/** Partition keys of the index of candidates, in every registry. */
const CANDIDATE_KEYS = ["R#*#Y#*"];
/** The vector indexes of all dimensions. */
const VECTOR_INDEXES = vectorIndexName("*");

const QUERY = ["dynamodb:Query"];
/** Reads the change log and the items that it references. */
const FOLLOW = [...QUERY, "dynamodb:BatchGetItem"];
const READ = [...FOLLOW, "dynamodb:GetItem"];
/** A transaction needs the permissions of its parts. */
const WRITE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

export const followTable = (table: sst.aws.Dynamo): Permission[] => [onTable(table.arn, FOLLOW)];
/** Reads pages of items, from the table and its index. */
export const readTable = (table: sst.aws.Dynamo): Permission[] => [
  onTable(table.arn, QUERY),
  onTable($interpolate`${table.arn}/index/GSI1`, QUERY),
];
export const writeTable = (table: sst.aws.Dynamo): Permission[] => [
  onTable(table.arn, [...READ, ...WRITE]),
  onTable($interpolate`${table.arn}/index/GSI1`, QUERY),
];

/** Reads and writes registries, API keys, their lists and the audit log, and no speakers. */
export const administerKeys = (table: sst.aws.Dynamo): Permission[] => [
  onTable(table.arn, [...QUERY, "dynamodb:GetItem", "dynamodb:PutItem"], ADMIN_KEYS),
];

/**
 * ForAllValues also matches requests without keys, but we grant none of the actions that allow
 * those (Scan, PartiQL).
 */
const onTable = (arn: $util.Input<string>, actions: string[], values = LEADING_KEYS): Permission => ({
  actions,
  resources: [arn],
  conditions: [{ test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values }],
});

/**
 * Reads the index of candidates. `dynamodb:LeadingKeys` has no effect on SearchVectors: searches
 * name the partition of their registry, and AWS offers no condition for it.
 */
export function searchCandidates(table: sst.aws.Dynamo, index: string | undefined): Permission[] {
  if (index === undefined) return [];
  const bucket = vectorBucketOf(index);
  if (bucket === undefined)
    return [
      {
        actions: ["dynamodb:SearchVectors"],
        resources: [$interpolate`${table.arn}/index/${VECTOR_INDEXES}`],
      },
    ];
  // Speakers' IDs are metadata, which QueryVectors returns only with GetVectors.
  return [
    {
      actions: ["s3vectors:QueryVectors", "s3vectors:GetVectors"],
      resources: [vectorArn(table, bucket, "/index/*")],
    },
  ];
}

/** Writes the index of candidates and the items that count its voices. */
export function writeCandidates(table: sst.aws.Dynamo, index: string | undefined): Permission[] {
  if (index === undefined) return [];
  const bucket = vectorBucketOf(index);
  const items = {
    actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
    resources: [table.arn],
    conditions: [
      { test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: CANDIDATE_KEYS },
    ],
  };
  // DynamoDB's own index is written with the table.
  if (bucket === undefined) return [items, ...searchCandidates(table, index)];
  return [
    items,
    {
      actions: ["s3vectors:CreateIndex", "s3vectors:PutVectors", "s3vectors:DeleteVectors"],
      resources: [vectorArn(table, bucket, "/index/*")],
    },
    { actions: ["s3vectors:GetVectorBucket"], resources: [vectorArn(table, bucket, "")] },
  ];
}

/** The ARN of a vector bucket in the table's account and region, and of what is in it. */
const vectorArn = (table: sst.aws.Dynamo, bucket: string, within: string) =>
  table.arn.apply((arn) => {
    const [, partition, , region, account] = arn.split(":");
    return `arn:${partition}:s3vectors:${region}:${account}:bucket/${bucket}${within}`;
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

/**
 * The bucket is versioned: `pinned` reads the version that was enrolled, and `erase` deletes each
 * version.
 */
const OBJECT_ACTIONS = {
  read: ["s3:GetObject"],
  pinned: ["s3:GetObjectVersion"],
  write: ["s3:PutObject"],
  erase: ["s3:DeleteObjectVersion"],
} as const;
type ObjectRight = keyof typeof OBJECT_ACTIONS;
type ObjectRights = Partial<Record<(typeof PREFIXES)[number], readonly ObjectRight[]>>;

/** Returns the permissions for the objects under each prefix. */
export function objects(bucket: sst.aws.Bucket, rights: ObjectRights): Permission[] {
  const granted = PREFIXES.filter((prefix) => rights[prefix] !== undefined);
  const perPrefix = granted.map((prefix) => ({
    actions: (rights[prefix] ?? []).flatMap((right) => [...OBJECT_ACTIONS[right]]),
    resources: [$interpolate`${bucket.arn}/${prefix}/*`],
  }));
  const values = granted.map((prefix) => `${prefix}/*`);
  return [
    ...perPrefix,
    {
      // A request without a prefix would list every registry's objects. S3 also answers 403 for a
      // missing object then, and lib/adapters/aws/blobs.ts lists its key to tell.
      actions: ["s3:ListBucket"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values }],
    },
    ...listVersions(bucket, rights),
  ];
}

/**
 * Returns the permission to read the objects under these prefixes of other buckets,
 * `s3://BUCKET/FOLDER/`.
 *
 * bucket  the deployment's, which is in the same partition of AWS
 */
export function readOthers(bucket: sst.aws.Bucket, prefixes: readonly string[]): Permission[] {
  if (prefixes.length === 0) return [];
  const resources = prefixes.map((prefix) =>
    bucket.arn.apply((arn) => `${arn.split(":::")[0]}:::${prefix.slice("s3://".length)}*`),
  );
  return [{ actions: [...OBJECT_ACTIONS.read], resources }];
}

function listVersions(bucket: sst.aws.Bucket, rights: ObjectRights): Permission[] {
  const erasable = PREFIXES.filter((prefix) => rights[prefix]?.includes("erase"));
  const values = erasable.map((prefix) => `${prefix}/*`);
  if (values.length === 0) return [];
  return [
    {
      actions: ["s3:ListBucketVersions"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values }],
    },
  ];
}

/**
 * Decrypt also covers the function's environment. The key policy covers DynamoDB's use of the key.
 */
export const useKey = (key: aws.kms.Key): Permission[] => [
  { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.arn] },
];

export const sendTo = (...queues: sst.aws.Queue[]): Permission[] => [
  { actions: ["sqs:SendMessage"], resources: queues.map(({ arn }) => arn) },
];

export const putEvents = (busArn: string): Permission[] => [
  { actions: ["events:PutEvents"], resources: [busArn] },
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

/** X-Ray has no resource-level permissions, so this is the only statement with a wildcard. */
export const trace = (): Permission[] => [
  { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] },
];
