import { isTemporary } from "../lib/domain/failure.ts";
import { AppError } from "../lib/error.ts";
import type { DecisionReply, IdentifyReply } from "../lib/schema/decision.ts";
import { t } from "./text/language.ts";
import { problemText } from "./text/problem.ts";

export const EXIT = { yes: 0, no: 1, badInput: 2, inconclusive: 3, internal: 70 } as const;
type Exit = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0   yes, or done
  1   no: rejected, or unknown voice; some items failed (enroll-all, migrate, import, fsck, audit verify,
      models reembed)
  2   invalid input: wrong usage, an unreadable audio file, an unknown speaker
  3   inconclusive: too little speech, or two candidates are too close
  70  internal error: the model, the store, or a bug
`;

export const exitOf = (decision: DecisionReply["decision"] | IdentifyReply["decision"]): Exit =>
  ({
    accept: EXIT.yes,
    match: EXIT.yes,
    reject: EXIT.no,
    unknown: EXIT.no,
    ambiguous: EXIT.inconclusive,
    inconclusive: EXIT.inconclusive,
  })[decision];

/**
 * Returns one line for stderr, in the language of this process, and the exit code. `debug` adds the
 * stack.
 */
export function failure(error: unknown, debug: boolean): { line: string; exit: Exit } {
  const stack = debug && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  if (!(error instanceof AppError)) {
    const message = oneLine(error instanceof Error ? error.message : String(error));
    const hint = debug ? "" : t` (set VOICEROLL_DEBUG=1 for a stack trace)`;
    return { line: `voiceroll: ${t`internal error: ${message}`}${hint}${stack}`, exit: EXIT.internal };
  }
  const details = error.errors.map(({ detail }) => detail);
  const missing = details.filter((detail) => !error.message.includes(detail));
  const text = problemText(error.slug, oneLine([error.message, ...missing].join(" ")));
  return { line: `voiceroll: ${text}${stack}`, exit: isTemporary(error) ? EXIT.internal : EXIT.badInput };
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ");
