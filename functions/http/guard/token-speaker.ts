import type { Context } from "hono";
import { AppError } from "../../../lib/error.ts";
import type { Env } from "../env.ts";

/**
 * Rejects a request about another speaker than the one that its token is for. Requests with an API
 * key, or with a token for all speakers, pass. Throws `insufficient-scope`.
 */
export function requireTokenSpeaker(c: Context<Env>, speaker: string | undefined): void {
  const own = c.var.token?.speakerId;
  if (own === undefined || own === speaker) return;
  throw new AppError("insufficient-scope", `This token is only for requests about the speaker ${own}.`);
}
