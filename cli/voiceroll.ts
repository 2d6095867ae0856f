import { Command, CommanderError } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCohort } from "./commands/cohort.ts";
import { addCompare } from "./commands/compare.ts";
import { addDiarize } from "./commands/diarize.ts";
import { addEnroll } from "./commands/enroll.ts";
import { addEnrollAll } from "./commands/enroll-all.ts";
import { addEvaluate } from "./commands/evaluate.ts";
import { addExport } from "./commands/export.ts";
import { addFsck } from "./commands/fsck.ts";
import { addIdentify } from "./commands/identify.ts";
import { addImport } from "./commands/import.ts";
import { addJobs } from "./commands/jobs.ts";
import { addKeys } from "./commands/keys.ts";
import { addModels } from "./commands/models.ts";
import { addOpenapi } from "./commands/openapi.ts";
import { addRegistry } from "./commands/registry.ts";
import { addServe } from "./commands/serve.ts";
import { addSpeakers } from "./commands/speakers.ts";
import { addVerify } from "./commands/verify.ts";
import { EXIT, EXIT_HELP, failure } from "./exit.ts";
import { addGlobals } from "./options.ts";
import manifest from "./package.json" with { type: "json" };
import { warn } from "./print.ts";

await main(process.argv, process.env);

async function main(argv: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  // A reader such as head may close the pipe early. That is not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.yes);
    throw error;
  });
  try {
    await createProgram(environment).parseAsync(argv);
  } catch (error) {
    // Commander has already printed its message. Help and --version also end here, with exit code
    // 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.yes : EXIT.badInput;
    else report(error, environment);
  }
}

function report(error: unknown, environment: NodeJS.ProcessEnv): void {
  const { line, exit } = failure(error, Boolean(environment.VOICEROLL_DEBUG));
  warn(line);
  process.exitCode = exit;
}

function createProgram(environment: NodeJS.ProcessEnv): Command {
  // Commands inherit both settings when they are added.
  const program = new Command("voiceroll").exitOverride().configureOutput({
    outputError: (text, write) => write(`voiceroll: ${text.replace(/^error: /, "").trim()}; see --help\n`),
  });
  program
    .description("Run your own speaker registry. Its decisions are evidence, not authentication.")
    .version(manifest.version)
    .addHelpText("after", EXIT_HELP);
  addGlobals(program, environment);
  const commands = [
    addCompare,
    addEnroll,
    addEnrollAll,
    addVerify,
    addIdentify,
    addDiarize,
    addSpeakers,
    addJobs,
    addKeys,
    addRegistry,
    addModels,
    addServe,
    addFsck,
    addAudit,
    addExport,
    addImport,
    addOpenapi,
    addEvaluate,
    addCalibrate,
    addCohort,
  ];
  for (const add of commands) add(program);
  return program;
}
