import { z } from "@hono/zod-openapi";
import { issueToken } from "../../lib/domain/registry/browser-token.ts";
import { AppError } from "../../lib/error.ts";
import { MadeToken, SCOPES, TOKEN_SCOPES } from "../../lib/schema/key.ts";
import { Speaker, speakerIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { jsonFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const Fields = z.strictObject({
  scopes: z
    .array(z.enum(TOKEN_SCOPES))
    .min(1)
    .max(TOKEN_SCOPES.length)
    .describe("What the token may do. Only scopes that your key has."),
  speaker: Speaker.optional().describe("Only requests about this speaker, who need not exist yet."),
  lifetimeSeconds: z.int().min(1).max(900).describe("How long the token can be used, from now on."),
});

export const createTokenRoute = route(
  {
    operationId: "createToken",
    summary: "Make a short-lived token, so that a web page can record and verify without the API key",
    tag: "Keys",
    method: "post",
    path: "/tokens",
    scope: SCOPES,
    checksTokenSpeaker: true,
    // A reply that is stored for retries would store the token.
    idempotent: false,
    problems: ["speaker-not-found"],
    input: jsonFields(Fields),
    reply: { status: 201, description: "The token, to send as `Authorization: Bearer`", schema: MadeToken },
  },
  async (services, { scopes, fields, act, c }) => {
    if (c.var.token)
      throw new AppError("insufficient-scope", "A token can't make tokens. Use the API key on your server.");
    for (const scope of fields.scopes) requireScope(scopes, scope);
    act.details = { scopes: fields.scopes.join(" "), lifetimeSeconds: fields.lifetimeSeconds };
    act.speakerId = fields.speaker;
    return issueToken(services, c.var.key, {
      scopes: [...new Set(fields.scopes)],
      speakerId: fields.speaker === undefined ? undefined : speakerIdOf(fields.speaker),
      lifetimeSeconds: fields.lifetimeSeconds,
    });
  },
);
