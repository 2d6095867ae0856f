import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { type AuditCheck, verifyAudit } from "../../lib/domain/audit/verify.ts";
import { hashesOfId } from "../../lib/domain/speaker/id-hash.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { AuditEntry, AuditHead } from "../../lib/schema/audit.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { EXIT } from "../exit.ts";
import { linesToFile, linesToStdout, openRereadable } from "../line-files.ts";
import { type Globals, speakerId } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";

const MAX_LINE_BYTES = 64 * 1024;

export function addAudit(program: Command): void {
  const audit = program.command("audit").description("read, export and verify the audit log of a registry");
  addList(audit);
  addExport(audit);
  addVerify(audit);
}

function addList(audit: Command): void {
  audit
    .command("list")
    .description("print the entries, oldest first, as JSON Lines")
    .option("--speaker <id>", "only the entries of this speaker, also of an erased one", speakerId)
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { speaker?: SpeakerId }>();
      await inRegistry(options, "none", (services, { registryId }) => {
        const speakers = options.speaker && hashesOfId(services, registryId, options.speaker);
        return linesToStdout(linesOf(services.audit.every(registryId), speakers));
      });
    });
}

function addExport(audit: Command): void {
  audit
    .command("export")
    .description(
      "write the log to a file as JSON Lines, and print its head: the number and hash of the last entry",
    )
    .argument("<file>", "appears when it is complete")
    .addHelpText(
      "after",
      t`\nKeep the head outside this system: only it shows that entries were removed at the end.`,
    )
    .action(async (path: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const head = await inRegistry(options, "none", async ({ audit: log }, { registryId }) => {
        let last: AuditEntry | undefined;
        const entries = async function* () {
          for await (const entry of log.every(registryId)) {
            last = entry as AuditEntry;
            yield entry;
          }
        };
        await linesToFile(linesOf(entries()), path);
        return last;
      });
      if (options.json)
        return printJson({ file: path, head: head ? { seq: head.seq, hash: head.hash } : null });
      print(head ? headText(head) : t`The log is empty.`);
    });
}

function addVerify(audit: Command): void {
  audit
    .command("verify")
    .description("check that no entry was changed, removed, swapped or inserted, and name the first that was")
    .argument("[file]", "a file from audit export; default: the log of the registry")
    .option("--head <seq:hash>", "a head that was printed before: finds entries removed at the end", head)
    .addHelpText("after", t`\nExit code 1: the log was tampered with.`)
    .action(async (path: string | undefined, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { head?: AuditHead }>();
      const check =
        path === undefined
          ? await inRegistry(options, "none", ({ audit: log }, { registryId: registry }) =>
              verifyAudit(log.every(registry), { head: options.head, registry }),
            )
          : await verifyFile(path, options.head);
      if (options.json) printJson(check);
      else printCheck(check);
      process.exitCode = check.broken ? EXIT.no : EXIT.yes;
    });
}

async function verifyFile(path: string, known: AuditHead | undefined): Promise<AuditCheck> {
  const file = await openRereadable(path);
  const entries = async function* () {
    for await (const line of textLines(file.chunks("verify"), MAX_LINE_BYTES))
      yield JSON.parse(line) as unknown;
  };
  return verifyAudit(entries(), { head: known }).finally(file.close);
}

function printCheck({ entries, head: last, broken }: AuditCheck): void {
  const count = entries === 1 ? t`1 entry` : t`${entries} entries`;
  const intact = [count, ...(last ? [headText(last)] : [])].join(", ");
  if (broken) warn(t`Entry ${broken.seq} is the first that is wrong: ${translated(broken.why)}.`);
  print(broken ? t`Before it, the chain is intact: ${intact}` : t`The chain is intact: ${intact}`);
}

/** speaker: the keyed hash of an ID; undefined: all entries */
async function* linesOf(entries: AsyncIterable<unknown>, speakers?: string[]): AsyncIterable<string> {
  for await (const entry of entries)
    if (speakers === undefined || speakers.includes((entry as AuditEntry).speaker ?? ""))
      yield JSON.stringify(entry);
}

const headText = ({ seq, hash }: AuditHead): string => t`head ${seq}:${hash}`;

function head(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined && Number(seq) > 0) return { seq: Number(seq), hash };
  throw new InvalidArgumentError("Use the head as audit export printed it, such as 42:9f86d0...");
}
