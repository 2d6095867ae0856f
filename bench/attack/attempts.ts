import type { ClipInput } from "../../lib/audio/types.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { Caller } from "../../lib/domain/registry/guess.ts";
import { AppError } from "../../lib/error.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { DecisionReply } from "../../lib/schema/decision.ts";
import type { DevRegistry } from "../dev-registry.ts";

/** What an attacker may do, and how the registry slows it down. */
export type Terms = {
  name: string;
  /** Undefined: the registry's own operating point. */
  far: number | undefined;
  /** Pauses after rejects: as by default, off, or by a new `Caller-Id` for each try. */
  pauses: "default" | "new-callers" | "off";
};
/** `hours`: simulated time until then; the time that a try takes is not counted. */
export type Outcome = { tries: number; passed: boolean; hours: number };
/** Sends one try to the service, after the pause that it demands. */
export type Try = (clip: ClipInput) => Promise<DecisionReply>;

const NO_PAUSES = { rejects: 0, speakerRejects: 0 };

/** Opens an attack on one victim: `attempt` waits out pauses on the simulated clock. */
export function openAttack({ services, clock, registry }: DevRegistry, speakerId: SpeakerId, terms: Terms) {
  const start = clock.monotonic();
  const outcome: Outcome = { tries: 0, passed: false, hours: 0 };
  const attacked: Registry =
    terms.pauses === "off"
      ? { ...registry, settings: { ...registry.settings, guessing: NO_PAUSES } }
      : registry;
  const callerOf = (): Caller => ({
    keyId: terms.name,
    callerId: terms.pauses === "new-callers" ? `caller ${outcome.tries}` : undefined,
  });
  const attempt: Try = async (clip) => {
    for (;;) {
      try {
        const { far } = terms;
        const input = { registry: attacked, speakerId, clip, far, mayLoosen: true, caller: callerOf() };
        const reply = await verify(services, input);
        outcome.tries++;
        outcome.passed ||= reply.decision === "accept";
        outcome.hours = (clock.monotonic() - start) / 3_600_000;
        return reply;
      } catch (error) {
        if (!(error instanceof AppError) || error.slug !== "verify-attempts-exhausted") throw error;
        clock.advance(error.retryAfterSeconds ?? 1);
      }
    }
  };
  return { attempt, outcome };
}
