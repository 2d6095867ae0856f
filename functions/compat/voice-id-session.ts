import { z } from "@hono/zod-openapi";
import { verify } from "../../lib/domain/decision/verify.ts";
import { AppError, type Slug } from "../../lib/error.ts";
import type { DecisionReply } from "../../lib/schema/decision.ts";
import { fetchAudio } from "../http/body/audio-source.ts";
import { callerOf } from "../http/guard/caller.ts";
import { Domain, fieldsOf, operation, seconds, voiceSpeakerId } from "./voice-id-shapes.ts";

const Fields = Domain.extend({ SessionNameOrId: z.string().min(1).max(256) });
/** A session was a call. Here it is a speaker and the upload with the speaker's recording. */
const SESSION = /^(?<speaker>[^@]+)@(?<upload>upl_[0-9a-z]+)$/;
const DECISIONS = { accept: "ACCEPT", reject: "REJECT", inconclusive: "NOT_ENOUGH_SPEECH" } as const;
/** Voice ID doesn't fail for these: they are decisions. */
const REFUSED: Partial<Record<Slug, string>> = {
  "speaker-not-enrolled": "SPEAKER_NOT_ENROLLED",
  "speaker-not-found": "SPEAKER_NOT_ENROLLED",
  "speaker-opted-out": "SPEAKER_OPTED_OUT",
};

export const evaluateSession = operation("EvaluateSession", "verify", {
  scope: "verify",
  audio: true,
  audit: "decisions",
  async handle(services, request) {
    const { registry, scopes, act, c } = request;
    const { SessionNameOrId, DomainId } = fieldsOf(Fields, request);
    const { speaker, upload } = SESSION.exec(SessionNameOrId)?.groups ?? {};
    if (speaker === undefined || upload === undefined)
      throw new AppError(
        "validation-failed",
        "Send SPEAKER@upl_... as SessionNameOrId: a speaker and an upload.",
      );
    act.speakerId = speaker;
    const at = services.clock.now().toISOString();
    const clip = await fetchAudio(services, c, { upload }, {});
    const speakerId = voiceSpeakerId(speaker);
    const asked = { registry, speakerId, clip, far: undefined, mayLoosen: false, caller: callerOf(c) };
    const decision = await verify(services, asked).catch((error: unknown) => refusal(error));
    if ("decisionId" in decision) {
      act.decisionId = decision.decisionId;
      c.env.trace.decision = decision.decision;
    }
    return c.json({
      DomainId,
      SessionId: upload,
      SessionName: SessionNameOrId,
      StreamingStatus: "ENDED",
      AuthenticationResult: {
        CustomerSpeakerId: speaker,
        AudioAggregationStartedAt: seconds(at),
        AudioAggregationEndedAt: seconds(at),
        ...("refused" in decision
          ? { Decision: decision.refused }
          : resultOf(decision, scopes.includes("scores:read"))),
      },
    });
  },
});

function refusal(error: unknown): { refused: string } {
  const refused = error instanceof AppError ? REFUSED[error.slug] : undefined;
  if (refused === undefined) throw error;
  return { refused };
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
