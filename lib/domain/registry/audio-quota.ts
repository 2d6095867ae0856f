import { AppError } from "../../error.ts";
import type { Embedder } from "../../ports/model.ts";
import type { ApiKey } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure } from "../../ports/upload.ts";

const DAY_MS = 86_400_000;
/** A counter outlives its day: the clocks of several processes may differ. */
const KEEP_SECONDS = 2 * 86_400;

/** Resampling rounds the length of a clip by less than this. */
const ROUNDING_SECONDS = 0.1;

/** More than a day of requests can add. */
const ANY_SECONDS = 1e12;

type Needs = Pick<Services, "clock" | "limits">;

/**
 * Services whose embedder counts the audio of a key, and rejects with `quota-exceeded` what the key
 * may not send anymore today. A clip is counted before it is embedded, by the length that its file
 * states, and stays counted if the request then fails. Parallel requests never exceed the quota
 * together. Of a clip that turns out to be longer, the rest is counted as well, even beyond the
 * quota: it has been embedded, and the next clip is then rejected.
 *
 * key  without a quota, or undefined: returns the services as they are
 */
export function withAudioQuota<S extends Needs & Pick<Services, "embedder">>(
  services: S,
  key: ApiKey | undefined,
): S {
  const most = key?.audioSecondsPerDay;
  if (key === undefined || most === undefined) return services;
  const { embedder } = services;
  const metered: Embedder = {
    get model() {
      return embedder.model;
    },
    async embed(clip, options) {
      const stated = await embedder.seconds(clip);
      const added = await add(services, key, { seconds: stated, most });
      if (!added) throw exceeded(services.clock.now(), most, stated);
      const embedded = await embedder.embed(clip, options);
      const rest = embedded.quality.totalSeconds - stated;
      if (rest > ROUNDING_SECONDS) await add(services, key, { seconds: rest, most: ANY_SECONDS });
      return embedded;
    },
    cut: (recording, piece) => embedder.cut(recording, piece),
    hear: (samples) => embedder.hear(samples),
    diarize(recording, { onProgress, ...options } = {}) {
      let counted = false;
      return embedder.diarize(recording, {
        ...options,
        // The first report is the first time that the length is known.
        async onProgress(done, total) {
          const isFirst = !counted;
          counted = true;
          if (isFirst && !(await add(services, key, { seconds: total, most })))
            throw exceeded(services.clock.now(), most, total);
          await onProgress?.(done, total);
        },
      });
    },
    seconds: (clip) => embedder.seconds(clip),
    check: () => embedder.check(),
    close: () => embedder.close(),
  };
  return { ...services, embedder: metered };
}

/**
 * Counts the audio of a stream, before it is heard. Throws `quota-exceeded` if the key may not send
 * as much anymore today.
 */
export async function spendAudio(services: Needs, key: ApiKey, seconds: number): Promise<void> {
  const most = key.audioSecondsPerDay;
  if (most === undefined || (await add(services, key, { seconds, most }))) return;
  throw exceeded(services.clock.now(), most, seconds);
}

/** Seconds of audio that were counted for this key today. */
export async function audioSecondsToday(services: Needs, { registryId, keyId }: ApiKey): Promise<number> {
  const { count } = await services.limits.get(registryId, counterOf(keyId, services.clock.now()));
  return count / 1000;
}

/** Resolves to false, and adds nothing, if more than `most` seconds would then be counted today. */
function add(
  { clock, limits }: Needs,
  { registryId, keyId }: ApiKey,
  { seconds, most }: { seconds: number; most: number },
): Promise<boolean> {
  const limit = { amount: Math.ceil(seconds * 1000), most: most * 1000, ttlSeconds: KEEP_SECONDS };
  return limits.addWithin(registryId, counterOf(keyId, clock.now()), limit);
}

const exceeded = (now: Date, most: number, seconds: number): AppError =>
  new AppError(
    "quota-exceeded",
    `This key may send ${most} s of audio per day (UTC), and less than the ${seconds.toFixed(1)} s of this clip ` +
      "are left. Try again after midnight, or use another key.",
    { retryAfterSeconds: Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000) },
  );

/** An upload over the quota fails: its file may expire before the next day. */
export function quotaFailureOf(error: unknown): Failure | undefined {
  if (!(error instanceof AppError) || error.slug !== "quota-exceeded") return undefined;
  return { slug: error.slug, detail: error.message };
}

/** The counter of a day, in milliseconds. */
const counterOf = (keyId: string, now: Date): string => `audio:${keyId}:${now.toISOString().slice(0, 10)}`;
