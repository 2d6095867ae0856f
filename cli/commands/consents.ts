import { type Command, InvalidArgumentError } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { listConsents, withdrawConsent } from "../../lib/domain/speaker/consent.ts";
import { consentProofs } from "../../lib/domain/speaker/consent-proof.ts";
import { type ConsentId, isConsentId, type SpeakerId } from "../../lib/id.ts";
import { CONSENT_LENGTHS, type ConsentView } from "../../lib/schema/consent.ts";
import { type Globals, moment, shortText, speakerId } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";
import { addRecordConsent } from "./consents-record.ts";

export function addConsents(program: Command): void {
  const consents = program.command("consents").description("manage what people have consented to");
  addRecordConsent(consents);
  addList(consents);
  addWithdraw(consents);
  addProofs(consents);
}

function addList(consents: Command): void {
  consents
    .command("list")
    .description("list a person's consents, oldest first, and what they allow now")
    .argument("<speaker>", "your ID for the speaker", speakerId)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const found = await inRegistry(options, "none", (services, registry) =>
        listConsents(services, { registry, speakerId: id }),
      );
      if (options.json) return printJson(found);
      const head = [t`consent`, t`text`, t`purposes`, t`given`, t`withdrawn`];
      print(table([head, ...found.consents.map((one) => [one.id, ...cellsOf(one)])]));
      if (found.purposes === null) print(t`No consent is recorded.`);
      else print(t`allowed now: ${found.purposes.map(translated).join(", ") || t`nothing`}`);
    });
}

type Shown = Pick<ConsentView, "givenAt" | "purposes" | "text" | "withdrawal">;

const cellsOf = ({ text, purposes, givenAt, withdrawal }: Shown): string[] => [
  `${text.name} ${text.version}`,
  purposes.map(translated).join(", "),
  givenAt,
  withdrawal?.at ?? "",
];

function addWithdraw(consents: Command): void {
  consents
    .command("withdraw")
    .description("withdraw a consent; its purposes are refused at once")
    .argument("<speaker>", "your ID for the speaker", speakerId)
    .argument("<consent>", "the consent's ID", consentId)
    .option("--reason <text>", "why", shortText(CONSENT_LENGTHS.reason))
    .option("--at <time>", "date or time (RFC 3339) when the person withdrew it; default: now", moment)
    .action(async (id: SpeakerId, consent: ConsentId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { reason?: string; at?: Date }>();
      const view = await inRegistry(options, "none", (services, registry) => {
        const { registryId } = registry;
        const act = { registryId, operation: "withdrawConsent", speakerId: id, details: { consent } };
        const { reason, at } = options;
        const input = { registry, speakerId: id, consentId: consent, reason, at: at?.toISOString() };
        return audited(services, act, () => withdrawConsent(services, input));
      });
      if (options.json) return printJson(view);
      print(t`${id}: consent ${consent} withdrawn`);
    });
}

function addProofs(consents: Command): void {
  consents
    .command("proofs")
    .description("list what remains of the consents of people who were erased under an ID")
    .argument("<speaker>", "the ID that the person had", speakerId)
    .action(async (id: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const proofs = await inRegistry(options, "none", (services, { registryId }) =>
        consentProofs(services, { registryId, speakerId: id }),
      );
      if (options.json) return printJsonLines(proofs);
      const rows = proofs.flatMap(({ erasedAt, consents: all }) =>
        all.map((one) => [...cellsOf(one), erasedAt]),
      );
      print(table([[t`text`, t`purposes`, t`given`, t`withdrawn`, t`erased at`], ...rows]));
    });
}

function consentId(text: string): ConsentId {
  if (isConsentId(text)) return text;
  throw new InvalidArgumentError("Use an ID that voiceroll consents list prints.");
}
