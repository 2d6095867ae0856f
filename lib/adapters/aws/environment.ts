import * as z from "zod";
import { CorsOrigins, FilePrefixes, setVariables } from "../../schema/variables.ts";
import type { CandidateSetting } from "./candidates/setting.ts";

const SECRET_BYTES = 32;

/**
 * The environment variables of everything that uses a deployment's stores: functions on AWS (infra/
 * sets them) and the command line. docs/operate.md lists them from these texts.
 */
export const AwsSettings = z.object({
  VOICEROLL_TABLE: z.string().describe("The DynamoDB table."),
  VOICEROLL_BUCKET: z.string().describe("The bucket of recordings, manifests and snapshots."),
  VOICEROLL_KMS_KEY_ID: z.string().describe("The KMS key with which objects are encrypted."),
  VOICEROLL_JOB_QUEUE_URL: z.string().describe("The SQS queue of background tasks."),
  VOICEROLL_UPLOAD_QUEUE_URL: z
    .url()
    .optional()
    .describe(
      "The SQS queue to which the bucket reports files under `uploads/`. Without it, uploads that name a speaker to " +
        "enroll aren't enrolled.",
    ),
  VOICEROLL_SECRET: z
    .string()
    .describe(
      "Base64 of 32 bytes, `openssl rand -base64 32`. They key the hashes of API keys, seal cursors, and the " +
        "secrets of webhooks are derived from them: a change voids all of these, unless VOICEROLL_FORMER_SECRETS has " +
        "the old value.",
    ),
  VOICEROLL_FORMER_SECRETS: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter(Boolean))
    .describe(
      "Values that VOICEROLL_SECRET had before, separated by commas. What was made under them stays valid: API keys, " +
        "opt-outs, the secrets of webhooks.",
    ),
  VOICEROLL_MODEL: z
    .string()
    .optional()
    .describe("The folder of the model, such as `./models/<name>`. Without it: the bundled model."),
  VOICEROLL_EVENT_BUS: z
    .string()
    .optional()
    .describe(
      "The name or ARN of an EventBridge bus that gets every event of every registry. Without it, events go to " +
        "webhooks only.",
    ),
  VOICEROLL_CANDIDATE_INDEX: z
    .string()
    .regex(/^(dynamodb|s3vectors:[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$/)
    .optional()
    .describe(
      "The index that finds candidates in registries too large for memory ([scale.md](scale.md)): `dynamodb`, or " +
        "`s3vectors:BUCKET`. Without it, every registry is searched in memory.",
    ),
  VOICEROLL_CANDIDATE_INDEX_FROM: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe("From this number of voices on, a registry is searched with that index."),
  CORS_ORIGINS: CorsOrigins.describe(
    "The origins of web pages that may call the API, separated by commas, or `*` for all.",
  ),
  VOICEROLL_FILE_PREFIXES: FilePrefixes,
  AWS_EMF_NAMESPACE: z.string().default("Voiceroll").describe("The CloudWatch namespace of the metrics."),
});

/** The settings of a function on AWS. Only entries read them. */
export type LambdaEnvironment = {
  table: string;
  bucket: string;
  kmsKeyId: string;
  jobQueueUrl: string;
  uploadQueueUrl: string | undefined;
  /** 32 bytes. They key the hashes of API keys and seal cursors. */
  secret: Uint8Array;
  formerSecrets: readonly Uint8Array[];
  /** models/<name>. Undefined: the bundled model. */
  model: string | undefined;
  /** The EventBridge bus that gets every event. Undefined: none does. */
  eventBus: string | undefined;
  /** For registries that don't fit into memory. Undefined: none. */
  candidates: CandidateSetting | undefined;
  /** Web origins whose pages may call the API. */
  corsOrigins: readonly string[];
  /** Prefixes of the files that jobs may read by URI. */
  filePrefixes: readonly string[];
  /** The metrics' namespace in CloudWatch. */
  metrics: string;
};

/**
 * Throws an Error that names every missing variable, so that a wrong deployment fails at startup.
 */
export function lambdaEnvironment(env: NodeJS.ProcessEnv): LambdaEnvironment {
  const given = setVariables(env);
  const { data, error } = AwsSettings.safeParse(given);
  if (!data) {
    const wrong = [...new Set(error.issues.map(({ path }) => String(path[0])))];
    throw new Error(`voiceroll: set ${wrong.join(", ")} in the environment. See docs/operate.md.`);
  }
  return {
    table: data.VOICEROLL_TABLE,
    bucket: data.VOICEROLL_BUCKET,
    kmsKeyId: data.VOICEROLL_KMS_KEY_ID,
    jobQueueUrl: data.VOICEROLL_JOB_QUEUE_URL,
    uploadQueueUrl: data.VOICEROLL_UPLOAD_QUEUE_URL,
    secret: secretIn("VOICEROLL_SECRET", data.VOICEROLL_SECRET),
    formerSecrets: data.VOICEROLL_FORMER_SECRETS.map((text) => secretIn("VOICEROLL_FORMER_SECRETS", text)),
    model: data.VOICEROLL_MODEL,
    eventBus: data.VOICEROLL_EVENT_BUS,
    candidates: candidatesIn(data),
    corsOrigins: data.CORS_ORIGINS,
    filePrefixes: data.VOICEROLL_FILE_PREFIXES,
    metrics: data.AWS_EMF_NAMESPACE,
  };
}

/** The setting of the candidate index. Undefined: there is none */
export const candidatesIn = (
  data: Pick<z.infer<typeof AwsSettings>, "VOICEROLL_CANDIDATE_INDEX" | "VOICEROLL_CANDIDATE_INDEX_FROM">,
): CandidateSetting | undefined =>
  data.VOICEROLL_CANDIDATE_INDEX === undefined
    ? undefined
    : { index: data.VOICEROLL_CANDIDATE_INDEX, from: data.VOICEROLL_CANDIDATE_INDEX_FROM };

function secretIn(variable: string, text: string): Uint8Array {
  const secret = new Uint8Array(Buffer.from(text, "base64"));
  if (secret.length === SECRET_BYTES) return secret;
  throw new Error(
    `voiceroll: ${variable} has ${secret.length} bytes, not ${SECRET_BYTES}. ` +
      "Create one with: openssl rand -base64 32",
  );
}
