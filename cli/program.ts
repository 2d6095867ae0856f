import { Command } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addBackup } from "./commands/backup.ts";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCandidates } from "./commands/candidates.ts";
import { addChallenge } from "./commands/challenge.ts";
import { addCohort } from "./commands/cohort.ts";
import { addCompare } from "./commands/compare.ts";
import { addConsents } from "./commands/consents.ts";
import { addDiarize } from "./commands/diarize.ts";
import { addEnroll } from "./commands/enroll.ts";
import { addEnrollAll } from "./commands/enroll-all.ts";
import { addEvaluate } from "./commands/evaluate.ts";
import { addExport } from "./commands/export.ts";
import { addFsck } from "./commands/fsck.ts";
import { addGroups } from "./commands/groups.ts";
import { addIdentify } from "./commands/identify.ts";
import { addImport } from "./commands/import.ts";
import { addJobs } from "./commands/jobs.ts";
import { addKeys } from "./commands/keys.ts";
import { addMcp } from "./commands/mcp.ts";
import { addMigrate } from "./commands/migrate.ts";
import { addModels } from "./commands/models.ts";
import { addOpenapi } from "./commands/openapi.ts";
import { addRegistry } from "./commands/registry.ts";
import { addServe } from "./commands/serve.ts";
import { addSpeakers } from "./commands/speakers.ts";
import { addVerify } from "./commands/verify.ts";
import { addWebhooks } from "./commands/webhooks.ts";
import { EXIT_HELP } from "./exit.ts";
import { addGlobals } from "./options.ts";
import { helpIn } from "./text/help.ts";
import { t, translated } from "./text/language.ts";
import { VERSION } from "./version.ts";

const COMMANDS: readonly ((program: Command) => void)[] = [
  addCompare,
  addEnroll,
  addEnrollAll,
  addChallenge,
  addVerify,
  addIdentify,
  addDiarize,
  addSpeakers,
  addGroups,
  addConsents,
  addCandidates,
  addJobs,
  addKeys,
  addWebhooks,
  addRegistry,
  addModels,
  addServe,
  addMcp,
  addFsck,
  addAudit,
  addBackup,
  addExport,
  addImport,
  addMigrate,
  addOpenapi,
  addEvaluate,
  addCalibrate,
  addCohort,
];

/** Returns the whole command line, in the language that `speak` has set. */
export function createProgram(environment: NodeJS.ProcessEnv): Command {
  // Commands inherit these settings when they are added.
  const program = new Command("voiceroll")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`voiceroll: ${usageError(text)}\n`) })
    .configureHelp(helpIn())
    .helpOption("-h, --help", t`display help for command`);
  program
    .description("Run your own speaker registry. Its decisions are evidence, not authentication.")
    .version(VERSION, "-V, --version", t`output the version number`)
    .helpCommand("help [command]", t`display help for command`)
    .addHelpText("after", translated(EXIT_HELP));
  addGlobals(program, environment);
  for (const add of COMMANDS) add(program);
  return program;
}

/** Commander's message about a wrong command line. */
const usageError = (text: string): string =>
  t`${translated(text.replace(/^error: /, "").trim()).replace(/。$/, "")}; see --help`;
