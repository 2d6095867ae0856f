import type { Context, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, overloaded } from "../../../lib/error.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env, Trace } from "../env.ts";

export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_URI_BYTES = 8 * 1024;
/** 4.4 MiB, which fit as base64 into the 6 MiB of an event of Lambda, beside the headers. */
export const MAX_BODY_BYTES = Math.floor(4.4 * 1024 * 1024);
/**
 * Bytes beyond the limit that are read and discarded, so that a client that is still sending gets
 * the reply.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;
/** A body that takes longer leaves its place at the gate to others until it is complete. */
const SLOW_BODY_MS = 1000;
const WINDOW_SECONDS = 60;

/** Runs first: a URL or headers that are too large are not examined any further. */
export const smallHead: MiddlewareHandler<Env> = async (c, next) => {
  const { url } = c.req;
  if (url.length - url.indexOf("/", url.indexOf("//") + 2) > MAX_URI_BYTES)
    throw new AppError(
      "uri-too-long",
      `The URL is longer than ${MAX_URI_BYTES} bytes. Send the fields in the body.`,
    );
  let bytes = 0;
  for (const [name, value] of c.req.raw.headers) bytes += name.length + value.length + 4;
  if (bytes > MAX_HEADER_BYTES)
    throw new AppError(
      "headers-too-large",
      `The headers are larger than ${MAX_HEADER_BYTES} bytes in total.`,
    );
  await next();
};

/** Limits the requests of an API key within any 60 seconds. */
export const rateLimited =
  (services: Pick<Services, "limits">): MiddlewareHandler<Env> =>
  async (c, next) => {
    const { registry, key } = c.var;
    const quota = registry.settings.requestsPerMinute;
    if (quota !== undefined) {
      const counter = `rate:${key.keyId}`;
      const { admitted, remaining, resetSeconds } = await services.limits.admit(
        registry.registryId,
        counter,
        quota,
      );
      // draft-ietf-httpapi-ratelimit-headers-11
      c.header("RateLimit-Policy", `"key";q=${quota};w=${WINDOW_SECONDS}`);
      c.header("RateLimit", `"key";r=${remaining};t=${resetSeconds}`);
      if (!admitted)
        throw new AppError(
          "rate-limited",
          `This key may send ${quota} requests within ${WINDOW_SECONDS} seconds. Try again in ${resetSeconds} seconds.`,
          { retryAfterSeconds: resetSeconds },
        );
    }
    await next();
  };

/** Reads the body of a route under an API key into `body`. */
export const boundedBody: MiddlewareHandler<Env> = async (c, next) => {
  const advice =
    "Send a shorter clip, 16 kHz mono audio or a compressed file (FLAC, Opus), or use POST /uploads.";
  c.set("body", await readBody(c, MAX_BODY_BYTES, advice));
  await next();
};

/**
 * Reads the body and counts its bytes, without relying on Content-Length. Throws `body-too-large`
 * with `advice` beyond `maxBytes` bytes.
 */
export async function readBody(
  c: Context<Env>,
  maxBytes: number,
  advice: string,
): Promise<Uint8Array<ArrayBuffer>> {
  // A slow but steady client may take its time; the server ends connections that send nothing.
  c.env.deadline.pause();
  const { trace } = c.env;
  const body = await leavingPlace(c, bytesOf(c.req.raw.body, maxBytes, trace)).finally(c.env.deadline.resume);
  if (body) return body;
  // Close the connection: unread body bytes would otherwise be parsed as the next request.
  c.header("Connection", "close");
  throw new AppError("body-too-large", `The body is larger than ${maxBytes} bytes. ${advice}`);
}

/**
 * Passes a body on to `use` while it arrives. Throws `body-too-large` with `advice` beyond
 * `maxBytes` bytes. The rest of a body that `use` rejects is read and discarded, up to a limit, so
 * that a client that is still sending gets the reply.
 */
export async function streamBody<T>(
  c: Context<Env>,
  { maxBytes, advice }: { maxBytes: number; advice: string },
  use: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const chunks = chunksOf(c.req.raw.body);
  let size = 0;
  const next = async () => {
    const chunk = await chunks.next();
    size += chunk.value?.length ?? 0;
    c.env.trace.bytes = size;
    if (size > maxBytes)
      throw new AppError("body-too-large", `The body is larger than ${maxBytes} bytes. ${advice}`);
    return chunk;
  };
  c.env.deadline.pause();
  try {
    // Without `return`, so that the body stays open if `use` doesn't read all of it.
    return await use({ [Symbol.asyncIterator]: () => ({ next }) });
  } catch (error) {
    c.header("Connection", "close");
    for (let left = MAX_DISCARDED_BYTES; left > 0; ) {
      const chunk = await chunks.next().catch(() => undefined);
      if (!chunk?.value) break;
      left -= chunk.value.length;
    }
    throw error;
  } finally {
    c.env.deadline.resume();
  }
}

/**
 * Awaits a body. If it is slow to arrive, other requests have its place at the gate meanwhile.
 * Throws `overloaded` if too many slow bodies are awaited.
 */
async function leavingPlace<T>(c: Context<Env>, reading: Promise<T>): Promise<T> {
  const place = c.get("place");
  if (!place) return reading;
  const { promise: refused, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    if (place.wait()) return;
    c.header("Connection", "close");
    reject(overloaded());
  }, SLOW_BODY_MS);
  try {
    return await Promise.race([reading, refused]);
  } finally {
    clearTimeout(timer);
    place.resume();
  }
}

/** Returns undefined if there are more than `maxBytes` bytes. */
async function bytesOf(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  trace: Trace,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(stream)) {
    size += chunk.length;
    trace.bytes = size;
    if (size <= maxBytes) chunks.push(chunk);
    if (size > maxBytes + MAX_DISCARDED_BYTES) break;
  }
  if (size > maxBytes) return undefined;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** A client that disconnects in the middle of its body is not an error of this service. */
async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    if (stream) yield* stream;
  } catch (cause) {
    throw new HTTPException(400, { cause });
  }
}
