import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { AppError } from "../../lib/error.ts";
import type { DecisionReply, IdentifyReply } from "../../lib/schema/decision.ts";
import type { Env } from "../http/env.ts";
import { callerOf } from "../http/guard/caller.ts";
import { clipOf } from "./azure-clip.ts";
import type { AzureOperation } from "./azure-operation.ts";
import {
  clipLengths,
  DECISION_HEADER,
  Enrollment,
  NO_PROFILE,
  ProfileId,
  profileIdOf,
  profileOf,
  Score,
  scoreOf,
} from "./azure-shapes.ts";
import type { CompatRequest } from "./dialect.ts";

/** Azure searched among at most this many profiles in a request. */
const MOST_PROFILES = 50;

const Enroll = z.object({
  ignoreMinLength: z.string().optional().describe("Ignored: a clip to enroll needs 2 s of net speech."),
});
const Verified = z.object({
  recognitionResult: z
    .enum(["Accept", "Reject"])
    .describe("The registry's threshold decides. It stands for a false-accept rate."),
  score: Score,
});
const Ranked = z.object({ profileId: ProfileId, score: Score });
const Identified = z.object({
  identifiedProfile: Ranked.describe(`The profile whose voice it is, or ${NO_PROFILE}.`),
  profilesRanking: z
    .array(Ranked)
    .describe("Best first. Without the scope `scores:read`, at most the identified profile."),
});

export const enrollProfile: AzureOperation = {
  name: "enrollProfile",
  summary: "Enroll a clip",
  method: "POST",
  path: "profiles/{profileId}/enrollments",
  query: Enroll,
  body: "audio",
  status: 201,
  reply: Enrollment,
  operationId: "enroll",
  scope: "speakers:write",
  audio: true,
  audit: "changes",
  async handle(services, { registry, act, c, body, path }) {
    act.speakerId = path.id;
    act.details = { clips: 1 };
    const speakerId = profileIdOf(path.id);
    // Azure's profiles are created before they are enrolled.
    if (!(await services.speakers.get(registry.registryId, speakerId)))
      throw new AppError("speaker-not-found", `No profile ${path.id} exists.`);
    const { speaker, clips } = await enroll(services, {
      registry,
      speakerId,
      clips: [await clipOf(c, body)],
    });
    c.env.trace.speakerUid = speaker.uid;
    const quality = clips[0]?.quality;
    const lengths = {
      audioLength: quality?.totalSeconds ?? 0,
      audioSpeechLength: quality?.speechSeconds ?? 0,
    };
    return { ...profileOf(speaker, path), ...clipLengths(lengths, path.v2) };
  },
};

export const verifyProfile: AzureOperation = {
  name: "verifyProfile",
  summary: "Verify that a clip is of the profile's speaker",
  method: "POST",
  path: "profiles/{profileId}:verify",
  body: "audio",
  status: 200,
  reply: () => Verified,
  operationId: "verify",
  scope: "verify",
  audio: true,
  audit: "decisions",
  async handle(services, request) {
    const { registry, scopes, act, c, body, path } = request;
    act.speakerId = path.id;
    const decision = await verify(services, {
      registry,
      speakerId: profileIdOf(path.id),
      clip: await clipOf(c, body),
      far: undefined,
      mayLoosen: false,
      caller: callerOf(c),
    });
    noted(request, decision);
    const score = scoreOf(decision.score?.cosine, scopes.includes("scores:read"));
    return { recognitionResult: decision.decision === "accept" ? "Accept" : "Reject", score };
  },
};

export const identifyProfile: AzureOperation = {
  name: "identifySingleSpeaker",
  summary: "Find out which of up to 50 profiles a clip is of",
  method: "POST",
  path: "profiles:identifySingleSpeaker",
  query: z.object({
    profileIds: z.string().describe(`1 to ${MOST_PROFILES} profile IDs, separated by commas.`),
  }),
  body: "audio",
  status: 200,
  reply: () => Identified,
  operationId: "identify",
  scope: "identify",
  audio: true,
  audit: "decisions",
  async handle(services, request) {
    const { registry, scopes, c, body } = request;
    const mayRead = scopes.includes("scores:read");
    const found = await identify(services, {
      registry,
      clip: await clipOf(c, body),
      speakerIds: profilesIn(c),
      far: undefined,
      mayLoosen: false,
      caller: callerOf(c),
    });
    noted(request, found);
    const ranking = found.candidates.map(({ speaker, score }) => ({
      profileId: String(speaker),
      score: scoreOf(score?.cosine, mayRead),
    }));
    const [best] = found.decision === "match" ? ranking : [];
    return {
      identifiedProfile: best ?? { profileId: NO_PROFILE, score: mayRead ? 0 : null },
      // Without the scope, the nearest speakers of an unknown voice would tell whom to imitate.
      profilesRanking: mayRead ? ranking : best ? [best] : [],
    };
  },
};

function profilesIn(c: Context<Env>) {
  const ids = (c.req.query("profileIds") ?? "").split(",").filter(Boolean);
  if (ids.length === 0 || ids.length > MOST_PROFILES)
    throw new AppError("validation-failed", `Send 1 to ${MOST_PROFILES} profileIds, separated by commas.`);
  return ids.map(profileIdOf);
}

/** Azure's clients know no third decision: they get an error that says why there is none. */
function noted({ act, c }: CompatRequest, reply: DecisionReply | IdentifyReply): void {
  act.decisionId = reply.decisionId;
  c.env.trace.decision = reply.decision;
  c.header(DECISION_HEADER, reply.decisionId);
  if (reply.decision === "inconclusive")
    throw new AppError("audio-low-quality", `The audio allows no decision: ${reply.reasons.join(", ")}.`);
}
