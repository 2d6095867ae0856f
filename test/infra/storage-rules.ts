import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";
import { inAccount, ofType, one } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";
import { statementsOf } from "./statements.ts";

/** Key, table and bucket. */
export const STORAGE_RULES: readonly Rule[] = [
  all("the key rotates every year and waits 30 days before it is deleted", (d) => ofType(d, "kms/key"), {
    enableKeyRotation: true,
    rotationPeriodInDays: 365,
    deletionWindowInDays: 30,
  }),
  holds("key, table and bucket outlive the stack in production", (d) =>
    [one(d, "kms/key"), one(d, "dynamodb/table"), one(d, "s3/bucket")]
      .filter(({ retainOnDelete }) => !retainOnDelete)
      .map(({ name }) => `${name} is deleted with the stack`),
  ),
  holds("the stack refuses to be removed in production", ({ app }) =>
    app.protect && app.removal === "retain" ? [] : [`protect ${app.protect}, removal ${app.removal}`],
  ),
  all("the table that the adapters are written for, paid by request", (d) => ofType(d, "dynamodb/table"), {
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
  }),
  all("items end by `ttl`", (d) => ofType(d, "dynamodb/table"), {
    ttl: { attributeName: TABLE_SHAPE.ttl, enabled: true },
  }),
  all("the table can be restored to any second of 35 days", (d) => ofType(d, "dynamodb/table"), {
    pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
  }),
  all("the stream carries both images", (d) => ofType(d, "dynamodb/table"), {
    streamEnabled: true,
    streamViewType: TABLE_SHAPE.stream,
  }),
  all("the table refuses to be deleted in production", (d) => ofType(d, "dynamodb/table"), {
    deletionProtectionEnabled: true,
  }),
  holds("table and bucket are encrypted with the key, and the bucket asks KMS once for many objects", (d) => {
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
      ...(table ? [] : ["the table is not"]),
    ];
  }),
  all("the bucket keeps versions", (d) => ofType(d, "s3/bucketVersioning"), {
    versioningConfiguration: { status: "Enabled" },
  }),
  all("the bucket cannot be made public", (d) => ofType(d, "s3/bucketPublicAccessBlock"), {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  }),
  all("a bucket with clips in it is never emptied by a removal", (d) => ofType(d, "s3/bucket"), {
    forceDestroy: false,
  }),
  holds("the bucket refuses plain http and grants nobody anything", (d) => {
    const statements = statementsOf(one(d, "s3/bucketPolicy").inputs.policy);
    const https = statements.some(
      ({ Effect, Condition }) =>
        Effect === "Deny" && JSON.stringify(Condition).includes('"aws:SecureTransport":["false"]'),
    );
    const granted = statements.filter(({ Effect }) => Effect === "Allow");
    return [...(https ? [] : ["no statement denies http"]), ...granted.map((one) => `grants ${one.Action}`)];
  }),
  holds("uploads end after a day, job files after 30, old versions after 30", (d) => {
    const rules = one(d, "s3/bucketLifecycleConfiguration").inputs.rules as LifecycleRule[];
    const days = (prefix: string) => rules.find((rule) => rule.filter.prefix === prefix)?.expiration?.days;
    const old = rules.find(({ id }) => id === "old-versions")?.noncurrentVersionExpiration?.noncurrentDays;
    return [
      ...(days("uploads/") === 1 ? [] : [`uploads end after ${days("uploads/")}`]),
      ...(days("jobs/") === 30 ? [] : [`job files end after ${days("jobs/")}`]),
      ...(old === 30 ? [] : [`old versions end after ${old}`]),
      ...rules.filter(({ filter }) => filter.prefix.startsWith("clips")).map(({ id }) => `${id} ends clips`),
    ];
  }),
  holds(
    "a browser of another origin reaches the bucket only from the origins that were named, by POST",
    (d) => {
      const rules = ofType(d, "s3/bucketCorsConfiguration").flatMap(
        ({ inputs }) => inputs.corsRules as CorsRule[],
      );
      return rules
        .filter(
          ({ allowedOrigins, allowedMethods }) =>
            allowedOrigins.join() !== "https://app.example.com" || allowedMethods.join() !== "POST",
        )
        .map((rule) => JSON.stringify(rule));
    },
  ),
  holds("nothing holds a password, a key or a secret in plain sight", (d) =>
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
