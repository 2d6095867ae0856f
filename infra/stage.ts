/** What differs between stages, and what whoever deploys may set in the environment. Pure: no resource is made here. */

export type Stage = {
  name: string;
  /** Keeps data when resources are removed, refuses to delete the table, keeps logs and old versions longer. */
  production: boolean;
  /** Web origins whose pages may post a clip to the bucket; none: the bucket answers no browser. */
  uploadOrigins: readonly string[];
  /** Where alarms are mailed; undefined: they only reach the topic. */
  alarmEmail: string | undefined;
  /** Most API executions at once; undefined: whatever the account has left. */
  apiConcurrency: number | undefined;
  /** The bundled model's folder, where `npm run build:lambda -- --model` put another in; undefined: the usual one. */
  model: string | undefined;
  /** A table that stands already, such as one restored from a backup, in place of the stack's own (docs/deploy.md). */
  existingTable: string | undefined;
  /** X-Ray traces of every function. */
  tracing: boolean;
  logRetentionDays: number;
  /** How long an overwritten or deleted object can still be restored. */
  oldVersionDays: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws RangeError, naming the variable and what it should look like. */
export function stageOf(name: string, env: Environment): Stage {
  const production = name === "production";
  return {
    name,
    production,
    uploadOrigins: list(env.VOICEROLL_UPLOAD_ORIGINS).map(origin),
    alarmEmail: env.VOICEROLL_ALARM_EMAIL || undefined,
    apiConcurrency: whole("VOICEROLL_API_CONCURRENCY", env.VOICEROLL_API_CONCURRENCY),
    model: env.VOICEROLL_MODEL || undefined,
    existingTable: env.VOICEROLL_EXISTING_TABLE || undefined,
    tracing: env.VOICEROLL_XRAY === "1",
    logRetentionDays: production ? 90 : 14,
    oldVersionDays: production ? 30 : 1,
  };
}

const list = (text = ""): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

/** A star would let any page post clips with a form that it got hold of. */
function origin(text: string): string {
  if (!/^https:\/\/[A-Za-z0-9.-]+(:\d+)?$/.test(text))
    throw new RangeError(
      `VOICEROLL_UPLOAD_ORIGINS: ${text} is no origin; write https://app.example.com, commas between several.`,
    );
  return text;
}

function whole(variable: string, text: string | undefined): number | undefined {
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${variable} is ${text}; write a whole number from 1, or leave it out.`);
  return value;
}

/** Throws RangeError unless the text is base 64 of exactly 32 bytes. */
export function checkedSecret(text: string): string {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== text)
    throw new RangeError(
      'VoicerollSecret is not base 64 of 32 bytes. Set it: sst secret set VoicerollSecret "$(openssl rand -base64 32)"',
    );
  return text;
}
