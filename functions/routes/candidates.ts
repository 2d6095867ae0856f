import {
  deleteCandidate,
  mergeCandidates,
  rejectCandidate,
  splitCandidate,
} from "../../lib/domain/people/change.ts";
import { nameCandidate } from "../../lib/domain/people/name.ts";
import { listCandidates, readCandidate } from "../../lib/domain/people/view.ts";
import { liveSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { enrollHeard } from "../../lib/domain/upload/enroll-heard.ts";
import { Candidate, CandidatePage, CandidateSplit, NamedCandidate } from "../../lib/schema/candidate.ts";
import {
  CandidateHeard,
  CandidateMerge,
  CandidateName,
  CandidateRejection,
  candidateIdOf,
} from "../http/body/candidate.ts";
import { PageFields, speakerIdOf } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { emptyBody, jsonFields, noFields, query } from "../http/input.ts";
import { route } from "../http/route.ts";

const tag = "Candidates";
const change = { tag, method: "post", scope: "speakers:write" } as const;
const list = {
  operationId: "listCandidates",
  summary: "List the voices of recordings that belong to no enrolled speaker",
  tag,
  method: "get",
  path: "/candidates",
  scope: "speakers:read",
  input: query(PageFields),
  reply: { description: "A page of candidate voices, oldest first", schema: CandidatePage },
} as const;

export const candidateRoutes = [
  route(list, async (services, { registry: { registryId }, fields }) => {
    const { items, next } = await pageOf(services, { registryId, route: list.path }, fields, (page) =>
      listCandidates(services, { registryId, ...page }),
    );
    return { candidates: items, next };
  }),
  route(
    {
      operationId: "readCandidate",
      summary: "Read where and when a candidate voice was heard",
      tag,
      method: "get",
      path: "/candidates/{candidateId}",
      scope: "speakers:read",
      problems: ["candidate-not-found"],
      input: noFields,
      reply: { description: "The candidate voice", schema: Candidate },
    },
    (services, { registry: { registryId }, param }) =>
      readCandidate(services, { registryId, candidateId: candidateIdOf(param("candidateId")) }),
  ),
  route(
    {
      ...change,
      operationId: "nameCandidate",
      summary: "Give a candidate voice the name of a speaker, in earlier and later recordings",
      details:
        "Creates the speaker if there is none. The person's consents have to include the purpose `candidates` if the " +
        "registry requires it, or if any consent is recorded.",
      path: "/candidates/{candidateId}/name",
      problems: [
        "candidate-not-found",
        "candidate-conflict",
        "consent-required",
        "speaker-not-found",
        "speaker-opted-out",
        "speaker-exists",
      ],
      input: jsonFields(CandidateName),
      reply: { description: "The candidate voice with its name", schema: NamedCandidate },
    },
    async (services, { registry, param, fields, act, c }) => {
      const candidateId = candidateIdOf(param("candidateId"));
      const speakerId = speakerIdOf(fields.speaker);
      act.speakerId = speakerId;
      act.details = { candidate: candidateId, enroll: fields.enroll === true, force: fields.force === true };
      const { name, consent, force } = fields;
      const { attempt } = c.var;
      const input = { registry, candidateId, speakerId, consent, attempt };
      const candidate = await nameCandidate(services, { ...input, name, force });
      return { candidate, enrollment: fields.enroll ? await enrollHeard(services, input) : null };
    },
  ),
  route(
    {
      ...change,
      operationId: "mergeCandidates",
      summary: "Make one candidate voice of two that are the same person",
      path: "/candidates/{candidateId}/merge",
      problems: ["candidate-not-found", "candidate-conflict"],
      input: jsonFields(CandidateMerge),
      reply: { description: "The merged candidate voice", schema: Candidate },
    },
    (services, { registry, param, fields, act }) => {
      const candidateId = candidateIdOf(param("candidateId"));
      const other = candidateIdOf(fields.with);
      act.details = { candidate: candidateId, with: other, force: fields.force === true };
      return mergeCandidates(services, { registry, candidateId, other, force: fields.force });
    },
  ),
  route(
    {
      ...change,
      operationId: "splitCandidate",
      summary: "Move recordings of another person out of a candidate voice",
      path: "/candidates/{candidateId}/split",
      problems: ["candidate-not-found"],
      input: jsonFields(CandidateHeard),
      reply: { description: "The candidate voice, and the new one", schema: CandidateSplit },
    },
    async (services, { registry, param, fields: { heard }, act }) => {
      const candidateId = candidateIdOf(param("candidateId"));
      act.details = { candidate: candidateId, recordings: heard.length };
      return splitCandidate(services, { registry, candidateId, heard });
    },
  ),
  route(
    {
      ...change,
      operationId: "rejectCandidate",
      summary: "Say that a candidate voice is not a speaker, or not another candidate voice",
      details: "It is remembered: later recordings don't get that name for this voice either.",
      path: "/candidates/{candidateId}/reject",
      problems: ["candidate-not-found", "speaker-not-found"],
      input: jsonFields(CandidateRejection),
      reply: { description: "The candidate voice", schema: Candidate },
    },
    async (services, { registry, param, fields: { speaker, candidate = "" }, act }) => {
      const candidateId = candidateIdOf(param("candidateId"));
      act.details = { candidate: candidateId };
      if (speaker === undefined) {
        const not = candidateIdOf(candidate);
        act.details = { ...act.details, not };
        return rejectCandidate(services, { registry, candidateId, not });
      }
      act.speakerId = speaker;
      const { uid } = await liveSpeaker(services, { registry, speakerId: speakerIdOf(speaker) });
      return rejectCandidate(services, { registry, candidateId, not: uid });
    },
  ),
  route(
    {
      operationId: "deleteCandidate",
      summary: "Delete a candidate voice and where it was heard",
      tag,
      method: "delete",
      path: "/candidates/{candidateId}",
      scope: "speakers:write",
      problems: ["candidate-not-found"],
      input: emptyBody,
      reply: { status: 204, description: "The candidate voice is deleted" },
    },
    async (services, { registry: { registryId }, param, act }) => {
      const candidateId = candidateIdOf(param("candidateId"));
      act.details = { candidate: candidateId };
      await deleteCandidate(services, { registryId, candidateId });
      return undefined;
    },
  ),
];
