/**
 * The settings of a function on AWS. infra/ sets them as environment variables. Only entries read
 * them.
 */
export type LambdaEnvironment = {
  table: string;
  bucket: string;
  kmsKeyId: string;
  jobQueueUrl: string;
  /** 32 bytes. They key the hashes of API keys and seal cursors. */
  secret: Uint8Array;
  /** models/<name>. Undefined: the bundled model. */
  model: string | undefined;
  /** The metrics' namespace in CloudWatch. */
  metrics: string;
};

const SECRET_BYTES = 32;

/**
 * Throws an Error that names every missing variable, so that a wrong deployment fails at startup.
 */
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
    throw new Error(`voiceroll: set ${missing.join(", ")} in the environment. See docs/lambda.md.`);
  if (found.secret.length !== SECRET_BYTES)
    throw new Error(
      `voiceroll: VOICEROLL_SECRET has ${found.secret.length} bytes, not ${SECRET_BYTES}. ` +
        "Create one with: openssl rand -base64 32",
    );
  return found;
}
