import type { Context } from "hono";
import type { Caller } from "../../../lib/domain/registry/guess.ts";
import { AppError } from "../../../lib/error.ts";
import type { Env } from "../env.ts";

const CALLER_ID = /^[\x20-\x7e]{1,128}$/;

/** Returns the API key, and the caller that its owner names in the header `Caller-Id`. */
export function callerOf(c: Context<Env>): Caller {
  const callerId = c.req.header("Caller-Id");
  if (callerId !== undefined && !CALLER_ID.test(callerId))
    throw new AppError("validation-failed", "Send a Caller-Id of 1 to 128 printable ASCII characters.");
  return { keyId: c.var.key.keyId, callerId };
}
