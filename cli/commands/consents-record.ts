import type { Command } from "commander";
import { sniff } from "../../lib/audio/formats/sniff.ts";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { type NewConsent, recordConsent } from "../../lib/domain/speaker/consent.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { badInput, readInput } from "../../lib/input-file.ts";
import { CONSENT_LENGTHS as MOST } from "../../lib/schema/consent.ts";
import { PURPOSES, type Purpose } from "../../lib/schema/purpose.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { type Globals, moment, purposeList, shortText, speakerId } from "../options.ts";
import { print, printJson } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

type RecordOptions = Globals & {
  text: string;
  textVersion: string;
  language?: string;
  purposes: readonly Purpose[];
  representative?: string;
  relation?: string;
  channel?: string;
  evidence?: string;
  evidenceFile?: string;
  evidenceRecording?: string;
  givenAt?: Date;
};

export function addRecordConsent(consents: Command): void {
  consents
    .command("record")
    .description("record a consent of a person; consents are only added, never changed")
    .argument("<speaker>", "your ID for the speaker", speakerId)
    .requiredOption("--text <name>", "name of the text that the person agreed to", shortText(MOST.textName))
    .requiredOption("--text-version <version>", "version of that text", shortText(MOST.textVersion))
    .option("--language <tag>", "language of that text, such as en or zh-Hans", shortText(MOST.language))
    .requiredOption(
      "--purposes <list>",
      `what it is for, of ${PURPOSES.join(", ")}; separated by commas`,
      purposeList,
    )
    .option(
      "--representative <name>",
      "who gave it on the person's behalf; default: the person",
      shortText(MOST.giver),
    )
    .option(
      "--relation <text>",
      "of the representative to the person, such as parent",
      shortText(MOST.relation),
    )
    .option("--channel <text>", "how it was given, such as web, phone or paper", shortText(MOST.channel))
    .option("--evidence <text>", "where the proof is: a document number or a URL", shortText(MOST.reference))
    .option("--evidence-file <file>", "the document, whose SHA-256 is stored; the file is not")
    .option("--evidence-recording <file>", "a recording of the consent, which is stored with the speaker")
    .option("--given-at <time>", "date or time (RFC 3339) when it was given; default: now", moment)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<RecordOptions>();
      const consent = await consentOf(options);
      const { evidenceRecording: file } = options;
      const recording = file === undefined ? undefined : { bytes: await readRecording(file) };
      const made = await inRegistry(options, "none", (services, registry) => {
        const { registryId } = registry;
        const act: Act = { registryId, operation: "recordConsent", speakerId: id };
        return audited(services, act, async () => {
          const recorded = await recordConsent(services, { registry, speakerId: id, consent, recording });
          act.details = { consent: recorded.id, purposes: [...recorded.purposes] };
          return recorded;
        });
      });
      if (options.json) return printJson(made);
      print(t`${id}: consent ${made.id} recorded`);
    });
}

async function readRecording(file: string): Promise<Uint8Array> {
  const bytes = await readInput(file);
  if (sniff(bytes).kind === "supported") return bytes;
  throw badInput(`${file} isn't a recording. For another document, use --evidence-file.`);
}

async function consentOf(options: RecordOptions): Promise<NewConsent> {
  const { text, textVersion, language, purposes, representative, relation, channel, givenAt } = options;
  const { evidence, evidenceFile } = options;
  const reference = evidence ?? evidenceFile;
  const sha256 = evidenceFile === undefined ? undefined : sha256Of(await readInput(evidenceFile));
  return {
    givenBy:
      representative === undefined && relation === undefined
        ? { who: "person" }
        : { who: "representative", name: representative, relation },
    text: { name: text, version: textVersion, language },
    purposes,
    channel,
    evidence: reference === undefined ? undefined : { reference, sha256 },
    givenAt: givenAt?.toISOString(),
  };
}
