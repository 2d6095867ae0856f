import type { Stage } from "./stage.ts";

/** Prefixes of the bucket. The service generates every key under them. */
export const PREFIXES = ["clips", "uploads", "cohorts", "galleries", "jobs", "templates"] as const;
type Prefix = (typeof PREFIXES)[number];

/**
 * Stores clips, uploads, cohort matrices, gallery snapshots, job files and template keys. Private,
 * versioned, encrypted, HTTPS only.
 */
export function objectBucket(stage: Stage, key: aws.kms.Key): sst.aws.Bucket {
  // `removal: "retain"` covers the bucket, but not what keeps it private, encrypted and versioned.
  const kept = { retainOnDelete: !stage.disposable };
  const keep = (_args: unknown, options: $util.CustomResourceOptions): undefined => {
    options.retainOnDelete = kept.retainOnDelete;
  };
  const bucket = new sst.aws.Bucket("Bucket", {
    versioning: true,
    enforceHttps: true,
    cors: stage.corsOrigins.length > 0 && {
      allowOrigins: [...stage.corsOrigins],
      allowMethods: ["POST"],
      allowHeaders: ["content-type"],
      exposeHeaders: ["ETag"],
      maxAge: "5 minutes",
    },
    transform: {
      bucket: (args) => {
        args.forceDestroy = stage.disposable;
      },
      policy: keep,
      publicAccessBlock: keep,
      versioning: keep,
    },
  });
  new aws.s3.BucketServerSideEncryptionConfiguration(
    "BucketEncryption",
    {
      bucket: bucket.name,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          // Share one data key among many objects: a KMS call for each clip would cost more than
          // the clip.
          bucketKeyEnabled: true,
        },
      ],
    },
    kept,
  );
  new aws.s3.BucketLifecycleConfiguration("BucketLifecycle", {
    bucket: bucket.name,
    rules: lifecycle(stage),
  });
  return bucket;
}

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

/**
 * Erasing a speaker deletes every version immediately. These rules delete overwritten and abandoned
 * objects.
 */
function lifecycle(stage: Stage): Rule[] {
  const gone = (prefix: Prefix, days: number): Rule => ({
    id: `${prefix}-expire`,
    status: "Enabled",
    filter: { prefix: `${prefix}/` },
    expiration: { days },
    noncurrentVersionExpiration: { noncurrentDays: 1 },
  });
  return [
    gone("uploads", 1),
    gone("jobs", 30),
    {
      id: "old-versions",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays: stage.oldVersionDays },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    },
    {
      id: "delete-markers",
      status: "Enabled",
      filter: { prefix: "" },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ];
}
