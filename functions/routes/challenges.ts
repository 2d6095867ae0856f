import { z } from "@hono/zod-openapi";
import { DIGITS, makeChallenge } from "../../lib/domain/decision/challenge.ts";
import { CHALLENGE_LANGUAGES, Challenge } from "../../lib/schema/challenge.ts";
import { Speaker, speakerIdOf } from "../http/body/schema.ts";
import { requireTokenSpeaker } from "../http/guard/token-speaker.ts";
import { jsonFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const Fields = z.strictObject({
  speaker: Speaker,
  language: z.enum(CHALLENGE_LANGUAGES).default("en").describe("The language of `text`."),
  digits: z
    .int()
    .min(DIGITS.fewest)
    .max(DIGITS.most)
    .default(DIGITS.default)
    .describe("How many digits to say."),
});

export const createChallengeRoute = route(
  {
    operationId: "createChallenge",
    summary: "Choose random digits for a speaker to say, so that a recording from before is of no use",
    details:
      "Show `text` to the person, record it, and send the recording to `POST /verify` with `challenge` within two " +
      "minutes. A challenge can be used once, for this speaker, with the same API key or a token of it.",
    tag: "Decisions",
    method: "post",
    path: "/challenges",
    audit: "decisions",
    scope: "verify",
    checksTokenSpeaker: true,
    // A reply that is stored for retries would be the same challenge again.
    idempotent: false,
    problems: ["speaker-not-found", "speaker-opted-out"],
    input: jsonFields(Fields),
    reply: { status: 201, description: "The challenge", schema: Challenge },
  },
  (services, { registry, fields, act, c }) => {
    requireTokenSpeaker(c, fields.speaker);
    act.speakerId = fields.speaker;
    const { language, digits } = fields;
    const speakerId = speakerIdOf(fields.speaker);
    return makeChallenge(services, { registry, speakerId, caller: c.var.key, language, digits });
  },
);
