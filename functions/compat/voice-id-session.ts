import { z } from "@hono/zod-openapi";
import { verify } from "../../lib/domain/decision/verify.ts";
import { AppError, type Slug } from "../../lib/error.ts";
import type { DecisionReply } from "../../lib/schema/decision.ts";
import { fetchAudio } from "../http/body/audio-source.ts";
import { callerOf } from "../http/guard/caller.ts";
import { operation } from "./voice-id-operation.ts";
import { Domain, Seconds, seconds, voiceSpeakerId } from "./voice-id-shapes.ts";

/** A session was a call. Here it is a speaker and the upload with the speaker's recording. */
const SESSION = /^(?<speaker>[^@]+)@(?<upload>upl_[0-9a-z]+)$/;
const DECISIONS = { accept: "ACCEPT", reject: "REJECT", inconclusive: "NOT_ENOUGH_SPEECH" } as const;
/** Voice ID doesn't fail for these: they are decisions. */
const REFUSED = {
  "speaker-not-enrolled": "SPEAKER_NOT_ENROLLED",
  "speaker-not-found": "SPEAKER_NOT_ENROLLED",
  "speaker-opted-out": "SPEAKER_OPTED_OUT",
} as const satisfies Partial<Record<Slug, string>>;
type Refused = (typeof REFUSED)[keyof typeof REFUSED];

const SessionName = z.string().min(1).max(256);
const Hundred = z.int().min(0).max(100);
const Result = z.object({
  AuthenticationResultId: z.string().optional().describe("The decision that `GET /decisions/{id}` explains."),
  Decision: z
    .enum(["ACCEPT", "REJECT", "NOT_ENOUGH_SPEECH", "SPEAKER_NOT_ENROLLED", "SPEAKER_OPTED_OUT"])
    .describe("The registry's threshold decides, not a number of Voice ID's domain."),
  Score: Hundred.optional().describe(
    "The cosine times 100, which isn't a probability. Absent for a key without the scope `scores:read`.",
  ),
  Configuration: z
    .object({ AcceptanceThreshold: Hundred.describe("The threshold's cosine times 100.") })
    .optional()
    .describe("Absent without the scope `scores:read`, and if the threshold isn't a cosine."),
  CustomerSpeakerId: z.string().describe("The speaker of the session."),
  AudioAggregationStartedAt: Seconds,
  AudioAggregationEndedAt: Seconds,
});

export const evaluateSession = operation("EvaluateSession", {
  operationId: "verify",
  summary: "Verify a speaker by an uploaded recording",
  scope: "verify",
  audio: true,
  audit: "decisions",
  input: Domain.extend({
    SessionNameOrId: SessionName.describe(
      "`SPEAKER@upl_...`: the speaker, and an upload with the recording.",
    ),
  }),
  reply: Domain.extend({
    SessionId: z.string().describe("The upload."),
    SessionName: SessionName.describe("As in the request."),
    StreamingStatus: z.literal("ENDED").describe("A recording has always ended."),
    AuthenticationResult: Result.describe("The decision."),
  }),
  async handle(services, request) {
    const { registry, scopes, act, c, fields } = request;
    const { SessionNameOrId, DomainId } = fields;
    const { speaker, upload } = SESSION.exec(SessionNameOrId)?.groups ?? {};
    if (speaker === undefined || upload === undefined)
      throw new AppError(
        "validation-failed",
        "Send SPEAKER@upl_... as SessionNameOrId: a speaker and an upload.",
      );
    act.speakerId = speaker;
    const at = seconds(services.clock.now().toISOString());
    const clip = await fetchAudio(services, c, { upload }, {});
    const speakerId = voiceSpeakerId(speaker);
    const asked = { registry, speakerId, clip, far: undefined, mayLoosen: false, caller: callerOf(c) };
    const decision = await verify(services, asked).catch((error: unknown) => refusal(error));
    if ("decisionId" in decision) {
      act.decisionId = decision.decisionId;
      c.env.trace.decision = decision.decision;
    }
    return {
      DomainId,
      SessionId: upload,
      SessionName: SessionNameOrId,
      StreamingStatus: "ENDED" as const,
      AuthenticationResult: {
        CustomerSpeakerId: speaker,
        AudioAggregationStartedAt: at,
        AudioAggregationEndedAt: at,
        ...("refused" in decision
          ? { Decision: decision.refused }
          : resultOf(decision, scopes.includes("scores:read"))),
      },
    };
  },
});

function refusal(error: unknown): { refused: Refused } {
  const refused = error instanceof AppError && Object.entries(REFUSED).find(([slug]) => slug === error.slug);
  if (!refused) throw error;
  return { refused: refused[1] };
}

/** Scores are cosines times 100, at least 0, and not probabilities. */
function resultOf({ decisionId, decision, score, threshold }: DecisionReply, mayRead: boolean) {
  const hundred = (cosine: number) => Math.round(100 * Math.max(0, Math.min(1, cosine)));
  const byCosine = threshold?.method === "cosine" ? threshold : undefined;
  return {
    AuthenticationResultId: decisionId,
    Decision: DECISIONS[decision],
    ...(mayRead && score ? { Score: hundred(score.cosine) } : {}),
    ...(mayRead && byCosine ? { Configuration: { AcceptanceThreshold: hundred(byCosine.value) } } : {}),
  };
}
