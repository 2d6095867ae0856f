import { isTemporary } from "../lib/domain/failure.ts";
import { AppError } from "../lib/error.ts";
import type { DecisionReply, IdentifyReply } from "../lib/schema/decision.ts";

export const EXIT = { yes: 0, no: 1, badInput: 2, inconclusive: 3, internal: 70 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0   yes, or done
  1   no: rejected, unknown voice; fsck or models reembed found something; enroll-all left something out
  2   bad input: usage, a file that is no sound clip, an unknown speaker
  3   inconclusive: too little speech, or two candidates too close
  70  something is wrong here: the model, the store, a defect
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

/** One line for stderr, and the exit code. The stack comes with VOICEROLL_DEBUG. */
export function failure(error: unknown, debug: boolean): { line: string; exit: Exit } {
  const stack = debug && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  if (!(error instanceof AppError)) {
    const message = error instanceof Error ? error.message : String(error);
    const hint = debug ? "" : " (VOICEROLL_DEBUG=1 shows where)";
    return { line: `voiceroll: internal error: ${oneLine(message)}${hint}${stack}`, exit: EXIT.internal };
  }
  const fields = error.errors.map(({ detail }) => detail).filter((detail) => !error.message.includes(detail));
  const line = `voiceroll: ${oneLine([error.message, ...fields].join(" "))}${stack}`;
  return { line, exit: isTemporary(error) ? EXIT.internal : EXIT.badInput };
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ");
