import type { Command } from "commander";
import { AGES, type RegistryReport, registryReport } from "../../lib/domain/report/registry.ts";
import type { Globals } from "../options.ts";
import { print, printJson, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

export function addReport(registry: Command): void {
  registry
    .command("report")
    .description("report what the registry holds, how old it is, whose consent is missing, what expires next")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const report = await inRegistry(options, "none", registryReport);
      if (options.json) return printJson(report);
      print(table(rowsOf(report)));
    });
}

function rowsOf(report: RegistryReport): [string, string][] {
  const { retention, speakers, consents, decisions, byAge } = report;
  const { speakerDays, decisionDays } = retention;
  const ages = [...AGES.map((most) => t`under ${most} days`), t`older`];
  return [
    [t`speakers`, String(speakers.all)],
    [t`with a voice`, String(speakers.withVoice)],
    ...ages.map((age, i): [string, string] => [t`last enrolled: ${age}`, String(byAge[i] ?? 0)]),
    [t`recordings`, String(speakers.recordings)],
    [t`opted out`, String(speakers.optedOut)],
    [t`consent in force`, String(consents.inForce)],
    [t`consent withdrawn`, String(consents.withdrawn)],
    [t`only a consent reference`, String(consents.reference)],
    [t`no consent recorded`, String(consents.none)],
    [t`in no stored decision`, String(report.unused)],
    [t`stored decisions`, String(decisions.stored)],
    [t`oldest decision`, decisions.oldest ?? t`none`],
    [t`newest decision`, decisions.newest ?? t`none`],
    [t`speakers expire after`, speakerDays === null ? t`never` : t`${speakerDays} days`],
    [t`decisions expire after`, t`${decisionDays} days`],
    [t`recordings are stored`, retention.keepAudio ? t`yes` : t`no`],
    [t`last sweep`, retention.sweptAt ?? t`none`],
    [t`the next sweep erases`, t`${report.nextSweep.speakers} speakers`],
    [t`then the next expires`, report.nextExpiry ?? t`never`],
  ];
}
