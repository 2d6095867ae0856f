import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { personReport } from "../../lib/domain/report/person.ts";
import { evidenceFile } from "../../lib/domain/speaker/evidence.ts";
import { recordingFile } from "../../lib/domain/speaker/recording.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { badInput, fileErrorReason } from "../../lib/input-file.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { PersonReport, type PersonReportView } from "../../lib/schema/person-report.ts";
import { type Globals, speakerId } from "../options.ts";
import { print, printJson, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";

export function addReport(speakers: Command): void {
  speakers
    .command("report")
    .description("report everything that is held about a person: the answer to an access request")
    .argument("<speaker>", "the speaker's ID", speakerId)
    .option("--out <folder>", "write report.json and the recordings into this folder, which must be new")
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { out?: string }>();
      const { out } = options;
      const report = await inRegistry(options, "name", async (services, registry) => {
        const made = await personReport(services, { registry, speakerId: id });
        if (out !== undefined) await writeReport(services, registry, made, out);
        return made;
      });
      if (options.json) return printJson(PersonReport.parse(report));
      printReport(report);
      if (out !== undefined) print(t`Written to ${out}.`);
    });
}

/** The folder is readable by its owner only: it holds a voice. */
async function writeReport(
  services: Services,
  registry: Registry,
  report: PersonReportView,
  folder: string,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    throw badInput(
      `Cannot create ${folder}: ${fileErrorReason(error)}. Name a folder that doesn't exist yet.`,
    );
  });
  const own = { mode: 0o600 } as const;
  await writeFile(
    join(folder, "report.json"),
    `${JSON.stringify(PersonReport.parse(report), null, 2)}\n`,
    own,
  );
  const of = { registry, speakerId: report.speaker.id };
  for (const { id: clipId, recording } of report.clips) {
    if (!recording) continue;
    const { bytes, name } = await recordingFile(services, { ...of, clipId });
    await writeFile(join(folder, name), bytes, own);
  }
  for (const { id: consentId, evidence } of report.consents.consents) {
    if (!evidence?.recording) continue;
    const { bytes, name } = await evidenceFile(services, { ...of, consentId });
    await writeFile(join(folder, name), bytes, own);
  }
}

function printReport(report: PersonReportView): void {
  const { speaker, voiceprint, consents, clips, decisions, groups } = report;
  const yesNo = (value: boolean) => (value ? t`yes` : t`no`);
  const facts: [string, string][] = [
    [t`speaker`, speaker.id],
    [t`name`, speaker.name ?? ""],
    [t`status`, translated(speaker.status)],
    [t`created`, speaker.createdAt],
    [t`last enrolled`, report.enrolledAt ?? ""],
    [t`expires`, speaker.expiresAt ?? t`never`],
    [t`metadata`, JSON.stringify(speaker.metadata)],
    [t`consent reference`, report.consentReference ?? ""],
    [t`voiceprint`, voiceprint ? t`${voiceprint.numbers} numbers by ${voiceprint.model}` : t`none`],
    [t`recordings`, String(clips.filter(({ recording }) => recording).length)],
    [t`candidate voices`, String(report.candidates.length)],
    [t`fingerprints of probes`, String(report.heardProbes)],
    [t`groups`, groups.join(", ")],
    [t`in a cohort`, yesNo(report.inCohort)],
    [t`decisions`, `${decisions.length}${report.moreDecisions ? "+" : ""}`],
  ];
  print(table(facts));
  for (const { text, purposes, givenAt, withdrawal } of consents.consents)
    print(
      t`consent: ${text.name} ${text.version}, ${purposes.join(", ")}, given ${givenAt}${
        withdrawal ? t`, withdrawn ${withdrawal.at}` : ""
      }`,
    );
  for (const { id, createdAt, recording } of clips)
    print(t`clip: ${id}, enrolled ${createdAt}, recording ${yesNo(recording)}`);
  for (const { at, operation, decision } of decisions) print(`${at}  ${operation}  ${translated(decision)}`);
  for (const where of report.elsewhere) print(t`also: ${where}`);
}
