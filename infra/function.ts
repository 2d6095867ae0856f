import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FunctionName, hasModel } from "./build/function-parts.ts";
import { type Permission, trace, useKey, writeLog } from "./permissions.ts";
import type { Stage } from "./stage.ts";

/** What every function gets. */
export type Shared = {
  stage: Stage;
  key: aws.kms.Key;
  environment: Record<string, $util.Input<string>>;
};

export type Made = { name: string; lambda: sst.aws.Function; log: aws.cloudwatch.LogGroup };

type Settings = {
  /** Its file in functions/aws. */
  entry: FunctionName;
  description: string;
  timeoutSeconds: number;
  permissions: Permission[];
  reserved?: number | undefined;
  /** Receives an asynchronous event after three failed attempts. */
  deadLetters?: sst.aws.Queue;
};

/** Built by `npm run build:lambda`, with a folder for each function. */
const BUILT = "dist/lambda/arm64";

/**
 * Creates a Graviton function with the memory of one vCPU, its own log group and only the
 * permissions listed.
 */
export function voicerollFunction(shared: Shared, name: string, settings: Settings): Made {
  const { stage, key, environment } = shared;
  const log = new aws.cloudwatch.LogGroup(`${name}Log`, {
    name: `/voiceroll/${stage.name}/${kebab(name)}`,
    retentionInDays: stage.logRetentionDays,
  });
  const lambda = new sst.aws.Function(name, {
    bundle: join($cli.paths.root, BUILT, settings.entry),
    hook: { postbuild: (folder) => requireParts(folder, settings.entry, stage.model) },
    handler: `${settings.entry}.handler`,
    description: settings.description,
    runtime: "nodejs24.x",
    architecture: "arm64",
    // Lambda gives one full vCPU at 1769 MB. The network runs on one thread.
    memory: "1792 MB",
    // Room for the copies of two uploads of 256 MiB, which a comparison can have.
    storage: "1024 MB",
    timeout: `${settings.timeoutSeconds} seconds`,
    environment,
    logging: { logGroup: log.name },
    permissions: [
      ...settings.permissions,
      ...useKey(key),
      ...writeLog(log),
      ...(stage.tracing ? trace() : []),
    ],
    ...(settings.reserved === undefined ? {} : { concurrency: { reserved: settings.reserved } }),
    ...(settings.deadLetters === undefined ? {} : { retries: 2 }),
    transform: {
      function: (args) => {
        args.kmsKeyArn = key.arn;
        args.tracingConfig = { mode: stage.tracing ? "Active" : "PassThrough" };
      },
      role: (args) => {
        // SST attaches a managed policy that can write to every log group of the account.
        args.managedPolicyArns = [];
        // SST 4.17.1 also lets the whole account assume the role, because its check for `sst dev`
        // is always true.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
      },
      eventInvokeConfig: (args) => {
        if (settings.deadLetters)
          args.destinationConfig = { onFailure: { destination: settings.deadLetters.arn } };
      },
    },
  });
  return { name, lambda, log };
}

/**
 * Throws if the bundle lacks the entry or the model. Otherwise Lambda would accept the folder and
 * fail at the first call.
 */
async function requireParts(folder: string, entry: FunctionName, model: string | undefined): Promise<void> {
  const files = [`${entry}.mjs`, ...(model && hasModel(entry) ? [join(model, "model.json")] : [])];
  for (const file of files)
    if (!existsSync(join(folder, file)))
      throw new Error(
        `${join(folder, file)} is missing. Build it first, with the same VOICEROLL_MODEL: npm run build:lambda`,
      );
}

const kebab = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
