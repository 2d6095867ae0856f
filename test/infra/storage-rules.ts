import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";
import { inAccount, ofType, one } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";
import { statementsOf } from "./statements.ts";

/** Encryption key, table and bucket. */
export const STORAGE_RULES: readonly Rule[] = [
  all("the key rotates every year and waits 30 days before it is deleted", (d) => ofType(d, "kms/key"), {
    enableKeyRotation: true,
    rotationPeriodInDays: 365,
    deletionWindowInDays: 30,
  }),
  holds("production retains the key, the table and the bucket, which stays private and encrypted", (d) =>
    [
      ...[one(d, "kms/key"), one(d, "dynamodb/table"), one(d, "s3/bucket"), one(d, "s3/bucketPolicy")],
      ...[one(d, "s3/bucketPublicAccessBlock"), one(d, "s3/bucketVersioning")],
      one(d, "s3/bucketServerSideEncryptionConfiguration"),
    ]
      .filter(({ retainOnDelete }) => !retainOnDelete)
      .map(({ name }) => `${name} is deleted with the stack`),
  ),
  holds("the key's alias is free again once the stack is removed", (d) =>
    one(d, "kms/alias").retainOnDelete ? ["the alias is retained"] : [],
  ),
  holds("production is protected from removal", ({ app }) =>
    app.protect && app.removal === "retain" ? [] : [`protect ${app.protect}, removal ${app.removal}`],
  ),
  all(
    "the table has the shape that the adapters expect, billed per request",
    (d) => ofType(d, "dynamodb/table"),
    {
      hashKey: TABLE_SHAPE.partitionKey,
      rangeKey: TABLE_SHAPE.sortKey,
      billingMode: "PAY_PER_REQUEST",
      globalSecondaryIndexes: [
        {
          name: TABLE_SHAPE.index.name,
          hashKey: TABLE_SHAPE.index.partitionKey,
          rangeKey: TABLE_SHAPE.index.sortKey,
          projectionType: TABLE_SHAPE.index.projection,
        },
      ],
    },
  ),
  all("items expire by `ttl`", (d) => ofType(d, "dynamodb/table"), {
    ttl: { attributeName: TABLE_SHAPE.ttl, enabled: true },
  }),
  all("the table can be restored to any second of the last 35 days", (d) => ofType(d, "dynamodb/table"), {
    pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
  }),
  all("the stream contains keys only, so it holds no voice and no name", (d) => ofType(d, "dynamodb/table"), {
    streamEnabled: true,
    streamViewType: TABLE_SHAPE.stream,
  }),
  all("production protects the table from deletion", (d) => ofType(d, "dynamodb/table"), {
    deletionProtectionEnabled: true,
  }),
  holds("table and bucket are encrypted with the key, and the bucket uses a bucket key", (d) => {
    const { inputs } = one(d, "s3/bucketServerSideEncryptionConfiguration");
    const rule = (inputs.rules as Record<string, unknown>[])[0];
    const key = `arn:aws:kms:eu-central-1:123456789012:key/EncryptionKey`;
    const bucket =
      JSON.stringify(rule) ===
      JSON.stringify({
        applyServerSideEncryptionByDefault: { kmsMasterKeyId: key, sseAlgorithm: "aws:kms" },
        bucketKeyEnabled: true,
      });
    const table = at(one(d, "dynamodb/table"), "serverSideEncryption.kmsKeyArn") === key;
    return [
      ...(bucket ? [] : [`the bucket's rule is ${JSON.stringify(rule)}`]),
      ...(table ? [] : ["the table has another key"]),
    ];
  }),
  all("the bucket is versioned", (d) => ofType(d, "s3/bucketVersioning"), {
    versioningConfiguration: { status: "Enabled" },
  }),
  all("the bucket blocks public access", (d) => ofType(d, "s3/bucketPublicAccessBlock"), {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  }),
  all("removing the stack never empties the bucket", (d) => ofType(d, "s3/bucket"), {
    forceDestroy: false,
  }),
  holds("the bucket policy denies plain http and grants nothing", (d) => {
    const statements = statementsOf(one(d, "s3/bucketPolicy").inputs.policy);
    const https = statements.some(
      ({ Effect, Condition }) =>
        Effect === "Deny" && JSON.stringify(Condition).includes('"aws:SecureTransport":["false"]'),
    );
    const granted = statements.filter(({ Effect }) => Effect === "Allow");
    return [...(https ? [] : ["no statement denies http"]), ...granted.map((one) => `grants ${one.Action}`)];
  }),
  holds("uploads expire after 1 day, job files and old versions after 30", (d) => {
    const rules = one(d, "s3/bucketLifecycleConfiguration").inputs.rules as LifecycleRule[];
    const days = (prefix: string) => rules.find((rule) => rule.filter.prefix === prefix)?.expiration?.days;
    const old = rules.find(({ id }) => id === "old-versions")?.noncurrentVersionExpiration?.noncurrentDays;
    return [
      ...(days("uploads/") === 1 ? [] : [`uploads expire after ${days("uploads/")}`]),
      ...(days("jobs/") === 30 ? [] : [`job files expire after ${days("jobs/")}`]),
      ...(old === 30 ? [] : [`old versions expire after ${old}`]),
      ...rules
        .filter(({ filter }) => filter.prefix.startsWith("clips"))
        .map(({ id }) => `${id} expires clips`),
    ];
  }),
  holds("CORS admits only POST from the configured origins", (d) => {
    const rules = ofType(d, "s3/bucketCorsConfiguration").flatMap(
      ({ inputs }) => inputs.corsRules as CorsRule[],
    );
    return rules
      .filter(
        ({ allowedOrigins, allowedMethods }) =>
          allowedOrigins.join() !== "https://app.example.com" || allowedMethods.join() !== "POST",
      )
      .map((rule) => JSON.stringify(rule));
  }),
  holds("no resource contains a password, key or secret in plain text", (d) =>
    inAccount(d)
      .filter(
        ({ type, inputs }) =>
          !type.startsWith("aws:lambda/function:") &&
          /AKIA|BEGIN PRIVATE|BwcHBwcH/.test(JSON.stringify(inputs)),
      )
      .map(({ name }) => name),
  ),
];

type LifecycleRule = {
  id: string;
  filter: { prefix: string };
  expiration?: { days?: number };
  noncurrentVersionExpiration?: { noncurrentDays: number };
};
type CorsRule = { allowedOrigins: string[]; allowedMethods: string[] };
