import type { Stage } from "./stage.ts";

/**
 * Creates the key that encrypts the table, the bucket and the functions' environment.
 * infra/permissions.ts grants each role its actions on the key. The key policy delegates to the
 * account's IAM policies and lets DynamoDB act for its callers.
 */
export function encryptionKey(stage: Stage): aws.kms.Key {
  const key = new aws.kms.Key(
    "EncryptionKey",
    {
      description: `Voiceroll ${stage.name}: table, bucket and environment`,
      enableKeyRotation: true,
      rotationPeriodInDays: 365,
      deletionWindowInDays: stage.disposable ? 7 : 30,
      policy: keyPolicy(),
    },
    // `removal: "retain"` does not cover keys, and a retained table can't be read without its key.
    { retainOnDelete: !stage.disposable, protect: !stage.disposable },
  );
  // The alias goes with the stack: nothing needs it, and the stage could not be deployed again
  // while another key has it.
  new aws.kms.Alias("EncryptionKeyAlias", {
    name: `alias/voiceroll-${stage.name}`,
    targetKeyId: key.keyId,
  });
  return key;
}

/**
 * The actions that DynamoDB takes for a caller. Source: DynamoDB developer guide, "Authorizing use
 * of your key".
 */
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
        // AWS's default statement. A key whose policy excludes its account can never be managed
        // again.
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
