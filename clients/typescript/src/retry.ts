import { retryAfterOf } from "./problem.ts";

export type RetryOptions = {
  /** How often a request is sent at most. 4 by default; 1: no retries. */
  attempts?: number;
  /** A longer wait is left to the caller. 30 s by default. */
  longestWaitSeconds?: number;
};
type Fetch = (request: Request) => Promise<Response>;

const FIRST_WAIT_MS = 200;
/** Its token is shown once, so it ignores an Idempotency-Key: a lost reply can't be repeated. */
const ONCE = /^POST .*\/keys$/;
const isRead = ({ method }: Request) => method === "GET" || method === "HEAD";

/**
 * Returns a `fetch` that repeats requests which failed for the moment: a broken connection, a
 * reply with Retry-After, or a 502 or 504. All attempts have the same Idempotency-Key, so that work
 * which an attempt has done is not done again.
 */
export function retrying(
  send: Fetch,
  { attempts = 4, longestWaitSeconds = 30 }: RetryOptions = {},
  sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
): Fetch {
  return async (original) => {
    const request = withIdempotencyKey(original);
    const isSafe = !ONCE.test(`${request.method} ${new URL(request.url).pathname}`);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      try {
        const response = await send(request.clone());
        const wait = isLast ? undefined : waitOf(response, attempt, isSafe);
        if (wait === undefined || wait > longestWaitSeconds * 1000) return response;
        await response.body?.cancel();
        await sleep(wait);
      } catch (error) {
        // An abort is the caller's own.
        if (isLast || !isSafe || request.signal.aborted) throw error;
        await sleep(backoff(attempt));
      }
    }
  };
}

function withIdempotencyKey(request: Request): Request {
  if (isRead(request) || request.headers.has("Idempotency-Key")) return request;
  const keyed = new Request(request);
  keyed.headers.set("Idempotency-Key", crypto.randomUUID());
  return keyed;
}

/** Milliseconds until the next attempt. Undefined: the reply is final. */
function waitOf(response: Response, attempt: number, isSafe: boolean): number | undefined {
  const seconds = retryAfterOf(response);
  // A reply with Retry-After says that nothing was done.
  if (seconds !== undefined) return seconds * 1000;
  return isSafe && (response.status === 502 || response.status === 504) ? backoff(attempt) : undefined;
}

/** Doubles with each attempt, with full jitter. */
const backoff = (attempt: number): number => Math.random() * FIRST_WAIT_MS * 2 ** attempt;
