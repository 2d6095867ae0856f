import type { Stage } from "./stage.ts";

/**
 * The one key under which table, bucket and the functions' environment are encrypted. Roles get their few actions on it
 * in infra/permissions.ts; the key policy itself lets the account's own policies decide and DynamoDB work for callers.
 */
export function encryptionKey(stage: Stage): aws.kms.Key {
  const key = new aws.kms.Key(
    "EncryptionKey",
    {
      description: `Voiceroll ${stage.name}: table, bucket and environment`,
      enableKeyRotation: true,
      rotationPeriodInDays: 365,
      deletionWindowInDays: stage.production ? 30 : 7,
      policy: keyPolicy(),
    },
    // `removal: "retain"` does not cover keys, and a retained table without its key is lost.
    { retainOnDelete: stage.production, protect: stage.production },
  );
  new aws.kms.Alias(
    "EncryptionKeyAlias",
    { name: `alias/voiceroll-${stage.name}`, targetKeyId: key.keyId },
    { retainOnDelete: stage.production },
  );
  return key;
}

/** What DynamoDB does with a customer's key on a caller's behalf: developer guide, "Authorizing use of your key". */
const FOR_DYNAMODB = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:DescribeKey",
  "kms:CreateGrant",
];

function keyPolicy(): $util.Output<string> {
  const { accountId } = aws.getCallerIdentityOutput();
  const { region } = aws.getRegionOutput();
  const { partition } = aws.getPartitionOutput();
  return aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        sid: "AccountDecides",
        principals: [{ type: "AWS", identifiers: [$interpolate`arn:${partition}:iam::${accountId}:root`] }],
        // A key whose policy leaves its account out can never be managed again; this is AWS's own default statement.
        actions: ["kms:*"],
        resources: ["*"],
      },
      {
        sid: "DynamoDbForItsCallers",
        principals: [{ type: "AWS", identifiers: ["*"] }],
        actions: FOR_DYNAMODB,
        resources: ["*"],
        conditions: [
          { test: "StringEquals", variable: "kms:CallerAccount", values: [accountId] },
          {
            test: "StringEquals",
            variable: "kms:ViaService",
            values: [$interpolate`dynamodb.${region}.amazonaws.com`],
          },
        ],
      },
    ],
  }).json;
}
