import type { TokenGrant } from "../../lib/domain/registry/browser-token.ts";
import type { Caller } from "../../lib/domain/registry/guess.ts";
import { AppError } from "../../lib/error.ts";
import type { ApiKey, Registry } from "../../lib/ports/registry.ts";
import { StreamStart } from "../../lib/schema/stream.ts";
import { groupIdOf, speakerIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";

/** Whose stream it is. */
export type StreamContext = {
  registry: Registry;
  key: ApiKey;
  /** Undefined: it was opened with an API key. */
  token: TokenGrant | undefined;
  caller: Caller;
};

/** Reads the first message. Throws `validation-failed` and `insufficient-scope`. */
export function readStart(message: string | Uint8Array, { key, token }: StreamContext) {
  const start = parsed(message);
  const { mode, speaker, group, maxFalseAcceptRate: far } = start;
  const verifies = mode === "verify";
  if (verifies !== (speaker !== undefined))
    throw invalid(verifies ? "`verify` needs a `speaker`." : "Only `verify` takes a `speaker`.");
  if (verifies && group !== undefined) throw invalid("`verify` takes no `group`.");
  if (!verifies && start.challenge !== undefined) throw invalid("Only `verify` takes a `challenge`.");
  requireScope(key.scopes, verifies ? "verify" : "identify");
  if (token?.speakerId !== undefined && token.speakerId !== speaker)
    throw new AppError(
      "insufficient-scope",
      `This token is only for requests about the speaker ${token.speakerId}.`,
    );
  const subject = {
    speakerId: speaker === undefined ? undefined : speakerIdOf(speaker),
    groupId: group === undefined ? undefined : groupIdOf(group),
    far,
  };
  return { ...start, subject };
}

function parsed(message: string | Uint8Array): StreamStart {
  if (typeof message !== "string") throw invalid("Send a start message before audio.");
  const { data, error } = StreamStart.safeParse(jsonOf(message));
  if (data) return data;
  const [issue] = error.issues;
  throw invalid(`\`${issue?.path.join(".")}\`: ${issue?.message}`);
}

function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    throw invalid("The start message isn't JSON.");
  }
}

const invalid = (detail: string): AppError => new AppError("validation-failed", detail);
