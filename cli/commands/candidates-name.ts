import { type Command, InvalidArgumentError } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { splitCandidate } from "../../lib/domain/people/change.ts";
import { nameCandidate } from "../../lib/domain/people/name.ts";
import { enrollHeard } from "../../lib/domain/upload/enroll-heard.ts";
import type { CandidateId, SpeakerId } from "../../lib/id.ts";
import type { HeardPlace } from "../../lib/ports/candidate-voice.ts";
import { candidateId, type Globals, shortText, speakerId } from "../options.ts";
import { print, printJson, warn } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";

type NameOptions = Globals & { name?: string; consent?: string; enroll?: boolean; force?: boolean };

export function addName(candidates: Command): void {
  candidates
    .command("name")
    .description("give a candidate voice the name of a speaker, in earlier and later recordings")
    .argument("<candidate>", "the candidate's ID", candidateId)
    .argument("<speaker>", "your ID for the speaker", speakerId)
    .option("--name <text>", "the name of a speaker that is created", shortText(256))
    .option("--consent <reference>", "reference to the person's consent", shortText(1024))
    .option("--enroll", "also enroll pieces of the newest stored recording, if they pass the checks")
    .option("--force", "name it although somebody has said that it is not this speaker")
    .action(async (id: CandidateId, speaker: SpeakerId, _own, command: Command) => {
      const options = command.optsWithGlobals<NameOptions>();
      const { name, consent, enroll = false, force = false } = options;
      const made = await inRegistry(options, enroll ? "model" : "name", (services, registry) => {
        const { registryId } = registry;
        const details = { candidate: id, enroll, force };
        const act = { registryId, operation: "nameCandidate", speakerId: speaker, details };
        const input = { registry, candidateId: id, speakerId: speaker, consent };
        return audited(services, act, async () => {
          const candidate = await nameCandidate(services, { ...input, name, force });
          return { candidate, enrollment: enroll ? await enrollHeard(services, input) : null };
        });
      });
      if (options.json) return printJson(made);
      print(`${id}: ${speaker}, ${heardIn(made.candidate.recordings)}`);
      const problem = made.enrollment?.problem;
      if (problem) warn(translated(problem.detail));
    });
}

export function addSplit(candidates: Command): void {
  candidates
    .command("split")
    .description("move recordings of another person out of a candidate voice")
    .argument("<candidate>", "the candidate's ID", candidateId)
    .argument("<heard...>", "recording and voice, as in upl_...:1; see voiceroll candidates show")
    .action(async (id: CandidateId, places: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const heard = places.map(heardPlace);
      const made = await inRegistry(options, "none", (services, registry) => {
        const details = { candidate: id, recordings: heard.length };
        const act = { registryId: registry.registryId, operation: "splitCandidate", details };
        return audited(services, act, () => splitCandidate(services, { registry, candidateId: id, heard }));
      });
      if (options.json) return printJson(made);
      print(`${made.split.id}: ${heardIn(made.split.recordings)}`);
    });
}

export const heardIn = (recordings: number): string =>
  recordings === 1 ? t`heard in 1 recording` : t`heard in ${recordings} recordings`;

function heardPlace(text: string): HeardPlace {
  const [, recording, voice] = /^([A-Za-z0-9_-]{1,80}):(\d{1,4})$/.exec(text) ?? [];
  if (recording && voice) return { recording, voice: Number(voice) };
  throw new InvalidArgumentError("Use a recording and a voice, as in upl_...:1.");
}
