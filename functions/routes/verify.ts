import { z } from "@hono/zod-openapi";
import { verify } from "../../lib/domain/decision/verify.ts";
import { Decision } from "../../lib/schema/decision.ts";
import { selection } from "../http/body/piece.ts";
import {
  groupIdOf,
  Include,
  invalid,
  OperatingPoint,
  Scoring,
  Speaker,
  speakerIdOf,
} from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { callerOf } from "../http/guard/caller.ts";
import { requireTokenSpeaker } from "../http/guard/token-speaker.ts";
import { probeFields } from "../http/input.ts";
import { callerIdHeader } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";
import { farChoice, noteDecision, requireScoreScope, shownDecision } from "./scores.ts";

const Fields = z.strictObject({
  speaker: Speaker,
  operatingPoint: OperatingPoint.optional(),
  scoring: Scoring.optional(),
  watchlist: z
    .string()
    .optional()
    .describe("Also search the clip in this group, such as a list of known fraudsters. Needs `identify`."),
  challenge: z
    .string()
    .max(1000)
    .optional()
    .describe("From `POST /challenges`: the person says these digits in the recording."),
  transcript: z
    .string()
    .max(1000)
    .optional()
    .describe(
      "What your speech recognizer heard, for a `challenge`. Without its digits, in figures or in English or " +
        "Chinese words, the decision is never `accept`.",
    ),
  ...selection,
  include: Include.optional(),
});

export const verifyRoute = route(
  {
    operationId: "verify",
    details:
      "The decision is `inconclusive`, with a reason, if there is too little speech or no threshold for it. " +
      "It is evidence, not authentication.",
    summary: "Check whether a clip is the voice of a claimed speaker",
    tag: "Decisions",
    method: "post",
    path: "/verify",
    audit: "decisions",
    scope: "verify",
    checksTokenSpeaker: true,
    problems: [
      "challenge-invalid",
      "challenge-required",
      "embeddings-off",
      "group-not-found",
      "model-mismatch",
      "speaker-not-enrolled",
      "consent-required",
      "speaker-opted-out",
      "verify-attempts-exhausted",
    ],
    parameters: [callerIdHeader],
    input: probeFields(Fields, ["audio"]),
    reply: {
      description: "The decision, with its scores and the threshold's measured rates",
      schema: Decision,
    },
  },
  async (services, { registry, scopes, fields, probe, act, c }) => {
    requireTokenSpeaker(c, fields.speaker);
    requireScoreScope(fields, scopes);
    const choice = farChoice(fields, scopes);
    act.speakerId = fields.speaker;
    if (fields.watchlist !== undefined) requireScope(scopes, "identify");
    if (fields.transcript !== undefined && fields.challenge === undefined)
      throw invalid([
        { pointer: "/transcript", detail: "A transcript needs a `challenge` to compare it with." },
      ]);
    const decision = await verify(services, {
      registry,
      challenge: fields.challenge,
      transcript: fields.transcript,
      speakerId: speakerIdOf(fields.speaker),
      clip: probe("audio"),
      ...choice,
      caller: callerOf(c),
      attempt: c.var.attempt,
      method: fields.scoring,
      watchlist: fields.watchlist === undefined ? undefined : groupIdOf(fields.watchlist),
    });
    await noteDecision(services, { registry, act }, choice, decision);
    c.env.trace.decision = decision.decision;
    return shownDecision(decision, scopes);
  },
);
