import { basename } from "node:path";
import { isS3Prefix } from "../lib/uri-prefix.ts";

/**
 * Settings that differ between stages or come from the environment of the deployment. Creates no
 * resource.
 */

export type Stage = {
  name: string;
  /**
   * The stage is removed with its data. Every other stage retains data when the stack is removed,
   * protects the table, and keeps logs and old versions longer.
   */
  disposable: boolean;
  /** Web origins whose pages may call the API and post clips to the bucket. */
  corsOrigins: readonly string[];
  /** ARN of the EventBridge bus that gets every event. Undefined: none does. */
  eventBus: string | undefined;
  /** `s3://BUCKET/FOLDER/`: prefixes of the objects that jobs may read by URI. */
  filePrefixes: readonly string[];
  /** The API's own domain. Undefined: the address that AWS gives it. */
  domain: Domain | undefined;
  /**
   * The index of candidates for registries that don't fit into memory: `dynamodb` or
   * `s3vectors:BUCKET`. Undefined: none.
   */
  candidateIndex: string | undefined;
  /** From this number of voices on, a registry is searched with it. Undefined: the default */
  candidateIndexFrom: number | undefined;
  /** Email address for alarms. Undefined: alarms only reach the topic. */
  alarmEmail: string | undefined;
  /**
   * Maximum concurrent executions of the API. Undefined: the unreserved concurrency of the account.
   */
  apiConcurrency: number | undefined;
  /**
   * Folder of the model in the bundle, if `npm run build:lambda` ran with another VOICEROLL_MODEL.
   * Undefined: the bundled model.
   */
  model: string | undefined;
  /** Kept settings that this deployment may change (infra/kept-settings.ts). */
  change: readonly string[];
  /** Name of an existing table to use, such as one restored from a backup (docs/deploy.md). */
  existingTable: string | undefined;
  /** X-Ray traces of every function. */
  tracing: boolean;
  /** The account's budget in US dollars per month. Undefined: no notification. */
  monthlyBudget: number | undefined;
  logRetentionDays: number;
  /** Days during which an overwritten or deleted object can be restored. */
  oldVersionDays: number;
};

/** certificate: ARN. Undefined: SST makes one and the DNS records, in the account's Route 53. */
export type Domain = { name: string; certificate: string | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stage may be removed with its data: `dev`, `test`, and names that begin with `dev-`,
 * `test-` or `pr-`. sst.config.ts has the same rule, because SST forbids imports there.
 */
export const isDisposable = (stage: string): boolean => /^(dev|test)$|^(dev|test|pr)-/.test(stage);

/**
 * Returns the settings of a stage. Throws a RangeError that names the invalid variable and the
 * expected format.
 */
export function stageOf(name: string, env: Environment): Stage {
  const disposable = isDisposable(name);
  return {
    name,
    disposable,
    corsOrigins: list(env.VOICEROLL_CORS_ORIGINS).map(origin),
    eventBus: env.VOICEROLL_EVENT_BUS ? busArn(env.VOICEROLL_EVENT_BUS) : undefined,
    filePrefixes: list(env.VOICEROLL_FILE_PREFIXES).map(filePrefix),
    domain: domainOf(env),
    candidateIndex: env.VOICEROLL_CANDIDATE_INDEX ? candidateIndex(env.VOICEROLL_CANDIDATE_INDEX) : undefined,
    candidateIndexFrom: whole("VOICEROLL_CANDIDATE_INDEX_FROM", env.VOICEROLL_CANDIDATE_INDEX_FROM),
    alarmEmail: env.VOICEROLL_ALARM_EMAIL || undefined,
    apiConcurrency: whole("VOICEROLL_API_CONCURRENCY", env.VOICEROLL_API_CONCURRENCY),
    change: list(env.VOICEROLL_CHANGE),
    model: env.VOICEROLL_MODEL ? `./models/${basename(env.VOICEROLL_MODEL)}` : undefined,
    existingTable: env.VOICEROLL_EXISTING_TABLE || undefined,
    tracing: env.VOICEROLL_XRAY === "1",
    monthlyBudget: whole("VOICEROLL_MONTHLY_BUDGET", env.VOICEROLL_MONTHLY_BUDGET),
    logRetentionDays: disposable ? 14 : 90,
    oldVersionDays: disposable ? 1 : 30,
  };
}

const list = (text = ""): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

function domainOf({ VOICEROLL_DOMAIN: name, VOICEROLL_CERTIFICATE: certificate }: Environment) {
  if (!name && certificate)
    throw new RangeError("VOICEROLL_CERTIFICATE is of no use without VOICEROLL_DOMAIN.");
  if (!name) return undefined;
  if (!/^([a-z0-9-]+\.)+[a-z]{2,}$/.test(name))
    throw new RangeError(`VOICEROLL_DOMAIN: ${name} is not a domain, such as voice.example.com.`);
  if (certificate && !/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/.test(certificate))
    throw new RangeError(`VOICEROLL_CERTIFICATE: ${certificate} is not the ARN of a certificate of ACM.`);
  return { name, certificate: certificate || undefined };
}

function busArn(text: string): string {
  if (/^arn:aws[\w-]*:events:[\w-]+:\d{12}:event-bus\/[\w./-]+$/.test(text)) return text;
  throw new RangeError(
    `VOICEROLL_EVENT_BUS: ${text} is not the ARN of an event bus, such as ` +
      "arn:aws:events:eu-central-1:123456789012:event-bus/default.",
  );
}

function candidateIndex(text: string): string {
  if (/^(dynamodb|s3vectors:[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$/.test(text)) return text;
  throw new RangeError(
    `VOICEROLL_CANDIDATE_INDEX: ${text} is not an index of candidates. Use dynamodb, or s3vectors:BUCKET with ` +
      "the name of a vector bucket (3 to 63 lower-case letters, digits and hyphens).",
  );
}

function filePrefix(text: string): string {
  if (isS3Prefix(text)) return text;
  throw new RangeError(
    `VOICEROLL_FILE_PREFIXES: ${text} is not a prefix of objects. ` +
      "Use s3://bucket/folder/ with a slash at the end, and separate several prefixes with commas.",
  );
}

/** Rejects wildcards: they would let any web page post clips with a form that it got hold of. */
function origin(text: string): string {
  if (!/^https:\/\/[A-Za-z0-9.-]+(:\d+)?$/.test(text))
    throw new RangeError(
      `VOICEROLL_CORS_ORIGINS: ${text} is not an origin. ` +
        "Use https://app.example.com, and separate several origins with commas.",
    );
  return text;
}

function whole(variable: string, text: string | undefined): number | undefined {
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${variable} is ${text}. Set it to a whole number of at least 1, or leave it out.`);
  return value;
}

const isSecret = (text: string): boolean => {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 32 && bytes.toString("base64") === text;
};

/** Returns the secret. Throws a RangeError if it is not base64 of exactly 32 bytes. */
export function checkedSecret(text: string): string {
  if (isSecret(text)) return text;
  throw new RangeError(
    "VoicerollSecret is not base64 of 32 bytes. Set it with: " +
      'sst secret set VoicerollSecret "$(openssl rand -base64 32)"',
  );
}

/** Returns former secrets, separated by commas. Throws a RangeError if one isn't a secret. */
export function checkedFormer(text: string): string {
  if (list(text).every(isSecret)) return list(text).join(",");
  throw new RangeError(
    "VoicerollFormerSecrets is not a list of secrets, each base64 of 32 bytes, separated by commas.",
  );
}
