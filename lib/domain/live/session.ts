import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import type { STREAM_MODES, StreamEvent } from "../../schema/stream.ts";
import type { AuditNeeds } from "../audit/record.ts";
import type { LookResult, Looks } from "../decision/look.ts";
import type { ProbeNeeds } from "../decision/needs.ts";
import { readRegistry } from "../registry/registry.ts";
import { requireStillAllowed } from "../registry/still-allowed.ts";
import { decideTurn, looksOf, type TurnContext } from "./decide-turn.ts";
import { type Heard, liveListener } from "./listener.ts";
import { enterTurn } from "./turn-places.ts";

/** A turn with less net speech gets no decision, as a clip wouldn't. */
const LEAST_SECONDS = 1;

type Needs = ProbeNeeds & AuditNeeds & Pick<Services, "keys" | "registries">;
type Turn = { context: TurnContext; looks?: Looks | undefined; leave?: (() => void) | undefined };

/**
 * Decides about each turn of a stream: at looks while it lasts, and once at its end, which is
 * stored as a decision. Before each turn it checks again that the key, the registry and the
 * speaker's consents allow it. A turn that fails gets an `error` and no decision.
 *
 * challenge  for the first turn. It can be used once, so there are no looks at that turn
 */
export function liveSession(
  services: Needs,
  given: TurnContext & { mode: (typeof STREAM_MODES)[number]; challenge?: string | undefined },
  send: (event: StreamEvent) => void,
) {
  let { challenge } = given;
  /** Undefined between turns, and in one that gets no decision. */
  let open: Turn | undefined;

  async function begin(): Promise<void> {
    const { registryId } = given.registry;
    await requireStillAllowed(services, { registryId, keyId: given.key.keyId });
    const context = { ...given, registry: await readRegistry(services, registryId) };
    const looks = challenge === undefined ? await looksOf(services, context) : undefined;
    const { speakerId } = given.subject;
    const leave = looks && enterTurn(context.registry, { caller: given.caller, speakerId });
    open = { context, looks: leave && looks, leave };
  }

  async function end(heard: Heard & { kind: "end" }): Promise<void> {
    const { turn, samples, heardSeconds } = heard;
    const ended = open;
    open = undefined;
    ended?.leave?.();
    send({ type: "speech", state: "end", turn, at: heard.atSeconds });
    if (!ended) return;
    if (heardSeconds < LEAST_SECONDS) return tell(heard, TOO_SHORT, { heardSeconds, decisionId: null });
    const used = challenge;
    challenge = undefined;
    const result = await decideTurn(services, ended.context, { samples, challenge: used });
    tell(heard, result, { heardSeconds, decisionId: result.decisionId });
  }

  function tell(
    { kind, turn, atSeconds }: Heard,
    { decision, speaker, reasons, score, threshold }: LookResult,
    {
      heardSeconds,
      decisionId,
    }: Pick<StreamEvent & { type: "speaker" }, "decisionId"> & { heardSeconds: number },
  ): void {
    if (given.mode === "watch" && decision !== "unknown") return;
    const shown = given.key.scopes.includes("scores:read");
    send({
      type: "speaker",
      ...{ turn, at: atSeconds, decision, reasons: [...reasons], decisionId },
      speaker: speaker ?? "unknown",
      final: kind === "end",
      secondsHeard: heardSeconds,
      score: shown ? (score?.value ?? null) : null,
      threshold: shown ? (threshold?.value ?? null) : null,
    });
  }

  async function look(heard: Heard & { kind: "look" }): Promise<void> {
    const { look: probe } = heard;
    const result = await open?.looks?.(probe);
    if (result) tell(heard, result, { heardSeconds: probe.quality.speechSeconds, decisionId: null });
  }

  async function hear(heard: Heard): Promise<void> {
    const { kind, turn, atSeconds: at } = heard;
    if (kind === "changed") send({ type: "changed", turn, at });
    if (kind === "start") send({ type: "speech", state: "start", turn, at });
    try {
      if (kind === "end") await end(heard);
      else if (kind === "look") await look(heard);
      else await begin();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      open?.leave?.();
      open = undefined;
      send({ type: "error", problem: error.slug, detail: error.message, turn });
    }
  }

  const listener = liveListener(services.embedder, hear);
  return {
    /** Takes 200 ms of samples, 16 kHz. Call it again when it has resolved. */
    step: listener.step,
    /** Decides about the open turn, because the stream has ended. */
    async close(): Promise<void> {
      await listener.close().finally(() => open?.leave?.());
    },
  };
}

const TOO_SHORT: LookResult = {
  decision: "inconclusive",
  ...{ speaker: undefined, reasons: ["not_enough_speech"], score: null, threshold: null },
};
