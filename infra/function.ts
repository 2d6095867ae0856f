import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Permission, trace, useKey, writeLog } from "./permissions.ts";
import type { Stage } from "./stage.ts";

/** What all functions share. */
export type Shared = {
  stage: Stage;
  key: aws.kms.Key;
  environment: Record<string, $util.Input<string>>;
};

export type Made = { name: string; lambda: sst.aws.Function; log: aws.cloudwatch.LogGroup };

type Wanted = {
  handler: string;
  description: string;
  timeoutSeconds: number;
  permissions: Permission[];
  reserved?: number | undefined;
  /** Where an asynchronous event goes that failed three times. */
  failedTo?: sst.aws.Queue;
};

/** `npm run build:lambda` makes it; every function runs from the same folder. */
const BUNDLE = "dist/lambda/arm64";

/** A function on Graviton with one vCPU's worth of memory, its own log group, and no right beyond those listed. */
export function voicerollFunction(shared: Shared, name: string, wanted: Wanted): Made {
  const { stage, key, environment } = shared;
  const log = new aws.cloudwatch.LogGroup(`${name}Log`, {
    name: `/voiceroll/${stage.name}/${kebab(name)}`,
    retentionInDays: stage.logRetentionDays,
  });
  const lambda = new sst.aws.Function(name, {
    bundle: join($cli.paths.root, BUNDLE),
    hook: { postbuild: (folder) => requireEntry(folder, wanted.handler) },
    handler: wanted.handler,
    description: wanted.description,
    runtime: "nodejs24.x",
    architecture: "arm64",
    // 1769 MB is one whole vCPU; the network runs on one thread.
    memory: "1792 MB",
    timeout: `${wanted.timeoutSeconds} seconds`,
    environment,
    logging: { logGroup: log.name },
    permissions: [...wanted.permissions, ...useKey(key), ...writeLog(log), ...(stage.tracing ? trace() : [])],
    ...(wanted.reserved === undefined ? {} : { concurrency: { reserved: wanted.reserved } }),
    ...(wanted.failedTo === undefined ? {} : { retries: 2 }),
    transform: {
      function: (args) => {
        args.kmsKeyArn = key.arn;
        args.tracingConfig = { mode: stage.tracing ? "Active" : "PassThrough" };
      },
      role: (args) => {
        // SST adds a managed policy that may write to every log group of the account.
        args.managedPolicyArns = [];
        // SST 4.17.1 also lets the whole account take the role on: its test for `sst dev` is never false.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
      },
      eventInvokeConfig: (args) => {
        if (wanted.failedTo) args.destinationConfig = { onFailure: { destination: wanted.failedTo.arn } };
      },
    },
  });
  return { name, lambda, log };
}

/** Without it Lambda would take the folder, and fail at the first call. */
async function requireEntry(folder: string, handler: string): Promise<void> {
  const file = handler.replace(/\.\w+$/, ".mjs");
  if (!existsSync(join(folder, file)))
    throw new Error(`${join(folder, file)} is missing; make it first: npm run build:lambda`);
}

const kebab = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
