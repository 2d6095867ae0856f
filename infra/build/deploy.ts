/**
 * `npm run deploy -- --stage NAME`: checks the infrastructure, builds the functions' folder,
 * deploys it and creates the candidate index if the stage uses one, each only if the step before
 * succeeded. Other arguments go to `sst deploy`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const USAGE = "Name the stage: npm run deploy -- --stage production";

export type Step = { title: string; command: string; args: readonly string[] };

/**
 * The steps of a deployment. Throws a RangeError if no stage is named: SST would then deploy a
 * stage with the name of the user.
 */
export function deploySteps(args: readonly string[]): Step[] {
  const at = args.indexOf("--stage");
  const stage = at < 0 ? undefined : args[at + 1];
  if (stage === undefined || !/^[A-Za-z][\w-]*$/.test(stage)) throw new RangeError(USAGE);
  return [
    { title: "Checking the infrastructure", command: "node", args: ["test/infra/check.ts"] },
    { title: "Building the functions", command: "node", args: ["infra/build/build-lambda.ts"] },
    { title: `Deploying ${stage}`, command: "sst", args: ["deploy", ...args] },
    {
      title: "Creating the candidate index, if the stage uses one",
      command: "node",
      args: ["infra/build/create-candidate-index.ts"],
    },
  ];
}

function main(args: readonly string[]): number {
  let deployed = false;
  for (const { title, command, args: given } of deploySteps(args)) {
    console.log(`\n${title}: ${[command, ...given].join(" ")}`);
    // Without the variable, sst sends usage data to its maker.
    const env = { ...process.env, SST_TELEMETRY_DISABLED: "1" };
    const { status, error } = spawnSync(command, given, { cwd: ROOT, env, stdio: "inherit" });
    if (error) throw error;
    if (status !== 0) {
      const effect = deployed || command === "sst" ? "" : " Nothing was deployed.";
      console.error(`voiceroll: "${title}" failed, see above.${effect}`);
      return status ?? 1;
    }
    if (command === "sst") deployed = true;
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`voiceroll: ${error.message}`);
    process.exitCode = 2;
  }
}
