import type { Context } from "hono";
import type { Env } from "../env.ts";

/** What clients of this version of the messages ask for. */
export const SUBPROTOCOL = "voiceroll.v1";
/** Pages can't set headers of a WebSocket, so their token is a second subprotocol. */
const TOKEN = "bearer.";

/** Returns the key or token that a WebSocket request has sent in its subprotocols. */
export function keyInSubprotocol(c: Context<Env>): string | undefined {
  const offered = (c.req.header("Sec-WebSocket-Protocol") ?? "").split(",").map((one) => one.trim());
  const own = offered.filter((one) => one.startsWith(TOKEN));
  return own.length === 1 ? own[0]?.slice(TOKEN.length) : undefined;
}
