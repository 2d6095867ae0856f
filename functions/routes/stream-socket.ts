import { looksOf } from "../../lib/domain/live/decide-turn.ts";
import { STEP } from "../../lib/domain/live/listener.ts";
import { liveSession } from "../../lib/domain/live/session.ts";
import { spendAudio } from "../../lib/domain/registry/audio-quota.ts";
import { AppError } from "../../lib/error.ts";
import { joinSamples, liveInput } from "../../lib/live/input.ts";
import type { Services } from "../../lib/ports/services.ts";
import { inContext } from "../../lib/work-context.ts";
import type { Socket, SocketHandlers } from "../http/env.ts";
import { eventSender } from "./stream-events.ts";
import { readStart, type StreamContext } from "./stream-start.ts";

/** What waits to be heard: beyond one of these, the client isn't read. */
const MOST_BYTES = 131_072;
const MOST_MESSAGES = 100;
const START_MS = 10_000;
const RATE_HZ = 16_000;
/** Audio is counted in blocks of this length, s. */
const QUOTA_SECONDS = 5;
const LONGEST_SECONDS = 3600;
/** RFC 6455, section 7.4.1 */
const NORMAL = 1000;
const POLICY = 1008;
const UNEXPECTED = 1011;

/**
 * Serves one stream: handles its messages one after the other. While many wait, the client isn't
 * read, so a stream holds little memory.
 */
export function streamSocket(
  services: Services,
  context: StreamContext,
  socket: Socket,
  onClosed: () => void,
): SocketHandlers {
  const inbox: { message: string | Uint8Array }[] = [];
  let bytes = 0;
  let working = false;
  let closed = false;
  /** Nothing more is heard: the stream has ended or failed. */
  let over = false;
  const send = eventSender(socket);
  let stream: Awaited<ReturnType<typeof openStream>> | undefined;

  const timers = [setTimeout(() => fail(noStart()), START_MS)];
  if (context.token)
    timers.push(
      setTimeout(() => fail(expired()), 1000 * context.token.expires - services.clock.now().getTime()),
    );

  function fail(error: unknown): void {
    const known = error instanceof AppError ? error : undefined;
    if (!known)
      process.stderr.write(`voiceroll: a stream ended: ${error instanceof Error ? error.stack : error}\n`);
    const detail = known?.message ?? "The service failed unexpectedly.";
    send({ type: "error", problem: known?.slug ?? "internal-error", detail, turn: null });
    hangUp(known ? POLICY : UNEXPECTED, known?.slug ?? "internal-error");
  }

  function hangUp(code: number, reason: string): void {
    over = true;
    inbox.length = 0;
    // The client's answer to the closing must be read.
    socket.resume();
    socket.close(code, reason);
  }

  async function handle(message: string | Uint8Array): Promise<void> {
    if (!stream) {
      stream = await openStream(services, context, message, send);
      clearTimeout(timers[0]);
      send({ type: "ready" });
    } else if (typeof message !== "string") await stream.hear(message);
    else {
      requireEnd(message);
      await stream.end();
      hangUp(NORMAL, "");
    }
  }

  async function work(): Promise<void> {
    working = true;
    try {
      for (let next = inbox.shift(); next && !closed; next = inbox.shift()) {
        bytes -= next.message.length;
        await handle(next.message);
        if (bytes < MOST_BYTES / 2 && inbox.length < MOST_MESSAGES / 2) socket.resume();
      }
      if (closed) await stream?.end();
    } catch (error) {
      fail(error);
      if (closed) await stream?.end().catch(() => undefined);
    } finally {
      working = false;
    }
  }

  /** Work for one registry takes turns with that for others, as requests do. */
  const start = () => {
    if (!working)
      inContext({ owner: context.registry.registryId, signal: new AbortController().signal }, work);
  };

  return {
    onMessage(message) {
      if (over) return;
      inbox.push({ message });
      bytes += message.length;
      if (bytes > MOST_BYTES || inbox.length > MOST_MESSAGES) socket.pause();
      start();
    },
    onClose() {
      closed = true;
      over = true;
      for (const timer of timers) clearTimeout(timer);
      onClosed();
      start();
    },
  };
}

async function openStream(
  services: Services,
  context: StreamContext,
  message: string | Uint8Array,
  send: ReturnType<typeof eventSender>,
) {
  const { mode, format, sampleRate, challenge, subject } = readStart(message, context);
  const given = { ...context, subject, mode, challenge };
  await looksOf(services, given);
  const input = await liveInput(format, sampleRate);
  const session = liveSession(services, given, send);
  let rest = new Float32Array(0);
  let heard = 0;
  let counted = 0;
  let ended = false;

  async function step(samples: Float32Array): Promise<void> {
    heard += STEP / RATE_HZ;
    if (heard > LONGEST_SECONDS) throw tooLong();
    if (heard > counted) {
      await spendAudio(services, context.key, QUOTA_SECONDS);
      counted += QUOTA_SECONDS;
    }
    await session.step(samples);
  }

  return {
    async hear(audio: Uint8Array): Promise<void> {
      const all = joinSamples([rest, decoded(input, audio)]);
      let at = 0;
      for (; at + STEP <= all.length; at += STEP) await step(all.slice(at, at + STEP));
      rest = all.slice(at);
    },
    /** Decides about the open turn. */
    async end(): Promise<void> {
      if (ended) return;
      ended = true;
      input.close();
      const last = joinSamples([rest, new Float32Array(STEP - rest.length)]);
      await (rest.length > 0 ? step(last) : Promise.resolve()).finally(() => session.close());
    },
  };
}

function decoded(input: Awaited<ReturnType<typeof liveInput>>, audio: Uint8Array): Float32Array {
  try {
    return input.push(audio);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError("audio-undecodable", "A message isn't one intact Opus packet.");
  }
}

function requireEnd(message: string): void {
  if (/^\s*\{\s*"type"\s*:\s*"end"\s*\}\s*$/.test(message)) return;
  throw new AppError(
    "validation-failed",
    'After the start, send audio in binary messages, or {"type": "end"}.',
  );
}

const noStart = (): AppError =>
  new AppError("validation-failed", `Send a start message within ${START_MS / 1000} seconds.`);
const expired = (): AppError => new AppError("unauthorized", "The token of this stream has expired.");
const tooLong = (): AppError =>
  new AppError("audio-too-long", "A stream lasts at most an hour. Open another one.");
