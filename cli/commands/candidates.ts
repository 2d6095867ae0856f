import type { Command } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import { deleteCandidate, mergeCandidates, rejectCandidate } from "../../lib/domain/people/change.ts";
import { listCandidates, readCandidate } from "../../lib/domain/people/view.ts";
import { liveSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { type CandidateId, isCandidateId, parseSpeakerId } from "../../lib/id.ts";
import { badInput } from "../../lib/input-file.ts";
import type { CandidateView } from "../../lib/schema/candidate.ts";
import { allPages } from "../all-pages.ts";
import { candidateId, type Globals } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";
import { addName, addSplit, heardIn } from "./candidates-name.ts";

export function addCandidates(program: Command): void {
  const candidates = program
    .command("candidates")
    .description("manage the voices of recordings that belong to no enrolled speaker");
  addList(candidates);
  addShow(candidates);
  addName(candidates);
  addMerge(candidates);
  addSplit(candidates);
  addReject(candidates);
  addDelete(candidates);
}

function addList(candidates: Command): void {
  candidates
    .command("list")
    .description("list the candidate voices, oldest first")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await inRegistry(options, "none", (services, { registryId }) =>
        allPages((page) => listCandidates(services, { registryId, ...page })),
      );
      if (options.json) return printJsonLines(views);
      const head = [t`candidate`, t`speaker`, t`recordings`, t`speaks`, t`last heard`, t`expires`];
      print(table([head, ...views.map(rowOf)], [false, false, true, true]));
    });
}

const rowOf = ({ id, speaker, recordings, speechSeconds, heardAt, expiresAt }: CandidateView): string[] => [
  ...[id, speaker ?? "", String(recordings), t`${speechSeconds.toFixed(1)} s`, heardAt, expiresAt],
];

function addShow(candidates: Command): void {
  candidates
    .command("show")
    .description("print where and when a candidate voice was heard")
    .argument("<candidate>", "the candidate's ID", candidateId)
    .action(async (id: CandidateId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const view = await inRegistry(options, "none", (services, { registryId }) =>
        readCandidate(services, { registryId, candidateId: id }),
      );
      if (options.json) return printJson(view);
      const rows = view.heard.map(({ recording, voice, at, speechSeconds }) => [
        ...[recording, String(voice), at, t`${speechSeconds.toFixed(1)} s`],
      ]);
      print(`${id} ${view.speaker ?? ""}`.trim());
      print(table([[t`recording`, t`voice`, t`heard`, t`speaks`], ...rows], [false, true]));
    });
}

function addMerge(candidates: Command): void {
  candidates
    .command("merge")
    .description("make one candidate voice of two that are the same person")
    .argument("<candidate>", "the candidate's ID", candidateId)
    .argument("<other>", "the ID of the candidate that becomes part of it", candidateId)
    .option("--force", "merge them although somebody has said that they are different people")
    .action(async (id: CandidateId, other: CandidateId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { force?: boolean }>();
      const view = await inRegistry(options, "none", (services, registry) => {
        const force = options.force === true;
        const details = { candidate: id, with: other, force };
        const act = { registryId: registry.registryId, operation: "mergeCandidates", details };
        const input = { registry, candidateId: id, other, force };
        return audited(services, act, () => mergeCandidates(services, input));
      });
      if (options.json) return printJson(view);
      print(`${id}: ${heardIn(view.recordings)}`);
    });
}

function addReject(candidates: Command): void {
  candidates
    .command("reject")
    .description("say that a candidate voice is not a speaker, or not another candidate voice")
    .argument("<candidate>", "the candidate's ID", candidateId)
    .argument("<not>", "the ID of the speaker or the candidate that it is not")
    .action(async (id: CandidateId, not: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const view = await inRegistry(options, "none", async (services, registry) => {
        const { registryId } = registry;
        if (isCandidateId(not)) {
          const act = { registryId, operation: "rejectCandidate", details: { candidate: id, not } };
          return audited(services, act, () => rejectCandidate(services, { registry, candidateId: id, not }));
        }
        const speakerId = parseSpeakerId(not);
        if (!speakerId)
          throw badInput("Name a speaker or a candidate that voiceroll candidates list prints.");
        const act = { registryId, operation: "rejectCandidate", speakerId, details: { candidate: id } };
        return audited(services, act, async () => {
          const { uid } = await liveSpeaker(services, { registry, speakerId });
          return rejectCandidate(services, { registry, candidateId: id, not: uid });
        });
      });
      if (options.json) return printJson(view);
      print(t`${id}: not ${not}`);
    });
}

function addDelete(candidates: Command): void {
  candidates
    .command("delete")
    .description("delete candidate voices and where they were heard")
    .argument("<candidates...>", "the candidates' IDs")
    .action(async (ids: string[], _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const chosen = ids.map(candidateId);
      await inRegistry(options, "none", async (services, { registryId }) => {
        for (const id of chosen) {
          const act = { registryId, operation: "deleteCandidate", details: { candidate: id } };
          await audited(services, act, () => deleteCandidate(services, { registryId, candidateId: id }));
        }
      });
      if (options.json) return printJson({ deleted: chosen });
      for (const id of chosen) print(t`${id}: deleted`);
    });
}
