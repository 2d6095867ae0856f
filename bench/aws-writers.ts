/** Enrolls 64 clips of one speaker in parallel. Some clips are the same recording. */
import { awsServices } from "../lib/adapters/aws/services.ts";
import { systemClock } from "../lib/adapters/shared/world.ts";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { AppError } from "../lib/error.ts";
import { parseSpeakerId, type SpeakerId } from "../lib/id.ts";
import { addFixed } from "../lib/score/scoring/fixed-point.ts";
import { fakeClip, fakeEmbedder } from "../test/support/fake-embedder.ts";
import { fakeModelData, seededRandom } from "../test/support/fake-world.ts";
import { print } from "./measure.ts";

const WRITERS = 64;
const TAKES = 48;

/**
 * Prints lost and duplicate clips, whether the stored sum equals the clips' sum bit for bit, and
 * the attempts.
 */
export async function writersOfOneSpeaker(
  place: Pick<Parameters<typeof awsServices>[0], "bucket" | "clients" | "secret" | "table">,
): Promise<void> {
  const model = fakeModelData(fakeEmbedder());
  const services = awsServices({ ...place, ...model, clock: systemClock, random: seededRandom("bench") });
  const registry = await ensureRegistry(services, "writers");
  const { registryId } = registry;
  const speakerId = parseSpeakerId("one") as SpeakerId;
  const writes = { attempts: 0, contentions: 0 };
  const speakers: typeof services.speakers = {
    ...services.speakers,
    put(speaker) {
      writes.attempts += 1;
      return services.speakers.put(speaker);
    },
  };
  /** Retries after each 409 `write-contention`, as a client would. */
  async function enrolled(text: string): Promise<string | undefined> {
    for (;;) {
      try {
        const clips = [fakeClip(text)];
        return (await enroll({ ...services, speakers }, { registry, speakerId, clips })).clips[0].id;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.slug === "duplicate-clip") return undefined;
        if (error.slug !== "write-contention") throw error;
        writes.contentions += 1;
      }
    }
  }
  const start = performance.now();
  const writers = Array.from({ length: WRITERS }, (_, i) => enrolled(`voice=one take=${i % TAKES}`));
  const acknowledged = (await Promise.all(writers)).filter((id) => id !== undefined);
  const seconds = (performance.now() - start) / 1000;
  const speaker = await services.speakers.get(registryId, speakerId);
  if (!speaker) throw new RangeError("no speaker was enrolled");
  const stored = await services.speakers.clips(registryId, speaker.uid);
  const sum = stored.reduce<Float64Array>(
    (all, one) => addFixed(all, one.embedding, 1),
    new Float64Array(speaker.sum.length),
  );
  const listed = new Set(speaker.clips.map(({ clipId }) => clipId as string));
  print("aws-64-writers-of-one-speaker", {
    recordings: TAKES,
    listed: speaker.clips.length,
    lost: acknowledged.filter((id) => !listed.has(id)).length,
    double: speaker.clips.length - listed.size,
    bitEqualSum: speaker.sum.every((value, i) => value === sum[i]),
    ...writes,
    seconds,
  });
}
