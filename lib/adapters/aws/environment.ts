/** What the functions on AWS are told from outside. infra/ sets it; only entries read it. */
export type LambdaEnvironment = {
  table: string;
  bucket: string;
  kmsKeyId: string;
  jobQueueUrl: string;
  /** 32 bytes: the pepper of key hashes and the seal of cursors. */
  secret: Uint8Array;
  /** models/<name>; undefined: the bundled one. */
  model: string | undefined;
  /** Namespace of the metrics in CloudWatch. */
  metrics: string;
};

const SECRET_BYTES = 32;

/** Throws an Error that names every variable that is missing, so that a deployment stops at its start. */
export function lambdaEnvironment(env: NodeJS.ProcessEnv): LambdaEnvironment {
  const missing: string[] = [];
  const required = (name: string): string => {
    const value = env[name];
    if (!value) missing.push(name);
    return value ?? "";
  };
  const found = {
    table: required("VOICEROLL_TABLE"),
    bucket: required("VOICEROLL_BUCKET"),
    kmsKeyId: required("VOICEROLL_KMS_KEY_ID"),
    jobQueueUrl: required("VOICEROLL_JOB_QUEUE_URL"),
    secret: new Uint8Array(Buffer.from(required("VOICEROLL_SECRET"), "base64")),
    model: env.VOICEROLL_MODEL || undefined,
    metrics: env.AWS_EMF_NAMESPACE || "Voiceroll",
  };
  if (missing.length > 0)
    throw new Error(`voiceroll: set ${missing.join(", ")} in the environment; docs/lambda.md says to what.`);
  if (found.secret.length !== SECRET_BYTES)
    throw new Error(
      `voiceroll: VOICEROLL_SECRET holds ${found.secret.length} bytes, not ${SECRET_BYTES}; make one with: openssl rand -base64 32`,
    );
  return found;
}
