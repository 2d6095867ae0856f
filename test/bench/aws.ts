/** `npm run bench:aws`: what operations consume on DynamoDB Local, how long they take there, and 64 writers of one speaker. */

import { awsServices } from "../../lib/adapters/aws/services.ts";
import { systemClock } from "../../lib/adapters/shared/world.ts";
import { enroll } from "../../lib/domain/enroll.ts";
import { identify } from "../../lib/domain/identify.ts";
import { ensureRegistry } from "../../lib/domain/registry.ts";
import { verify } from "../../lib/domain/verify.ts";
import { AppError } from "../../lib/error.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import { addFixed } from "../../lib/score/fixed-point.ts";
import { createBucket, createTable, standInClients } from "../support/aws.ts";
import { meterOf } from "../support/capacity.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData, seededRandom } from "../support/services.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { machine, percentile, print, timed } from "./measure.ts";

const RUNS = 100;
const WRITERS = 64;
const TAKES = 48;

const standIns = await startStandIns();
const clients = standInClients(standIns);
const [table, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
const given = {
  table,
  bucket,
  secret: new Uint8Array(32),
  ...fakeModelData(fakeEmbedder()),
  clock: systemClock,
  clients,
};
const services = awsServices({ ...given, random: seededRandom("bench") });
const { registryId } = await ensureRegistry(services, "bench");
const meter = meterOf(clients.dynamodb);
const named = (name: string) => parseSpeakerId(name) as NonNullable<ReturnType<typeof parseSpeakerId>>;
print("machine", machine());

let take = 0;
const operations: Record<string, () => Promise<unknown>> = {
  "enrol-first-clip": () =>
    enroll(services, {
      registryId,
      speakerId: named(`s${take}`),
      clips: [fakeClip(`voice=s${take} take=${take++}`)],
    }),
  "enrol-next-clip": () =>
    enroll(services, {
      registryId,
      speakerId: named(`s${take % 20}`),
      clips: [fakeClip(`voice=s${take % 20} take=${take++}`)],
    }),
  verify: () =>
    verify(services, { registryId, speakerId: named("s3"), clip: fakeClip(`voice=s3 take=${take++}`) }),
  identify: () => identify(services, { registryId, clip: fakeClip(`voice=s5 take=${take++}`) }),
};
for (const [name, operation] of Object.entries(operations)) {
  await operation();
  const { read, write, calls } = await meter(operation);
  const times = await timed(name.startsWith("enrol") ? RUNS / 2 : RUNS, operation);
  print(`aws-${name}`, {
    calls: calls.join(", "),
    readUnits: read,
    writeUnits: write,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  });
}

const tries = { attempts: 0, contentions: 0 };
const speakers: typeof services.speakers = {
  ...services.speakers,
  put(speaker) {
    tries.attempts += 1;
    return services.speakers.put(speaker);
  },
};
/** As a client would: again after each 409 `write-contention`. */
async function enrolled(text: string): Promise<string | undefined> {
  for (;;) {
    try {
      const clips = [fakeClip(text)];
      return (await enroll({ ...services, speakers }, { registryId, speakerId: named("one"), clips }))
        .clips[0].id;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.slug === "duplicate-clip") return undefined;
      if (error.slug !== "write-contention") throw error;
      tries.contentions += 1;
    }
  }
}
const start = performance.now();
const ids = await Promise.all(
  Array.from({ length: WRITERS }, (_, i) => enrolled(`voice=one take=${i % TAKES}`)),
);
const speaker = await services.speakers.get(registryId, named("one"));
const stored = speaker ? await services.speakers.clips(registryId, speaker.uid) : [];
const sum = stored.reduce<Float64Array>((all, one) => addFixed(all, one.embedding, 1), new Float64Array(64));
const listed = new Set(speaker?.clips.map(({ clipId }) => clipId as string));
const acknowledged = ids.filter((id) => id !== undefined);
print("aws-64-writers-of-one-speaker", {
  recordings: TAKES,
  listed: speaker?.clips.length,
  lost: acknowledged.filter((id) => !listed.has(id)).length,
  double: (speaker?.clips.length ?? 0) - listed.size,
  bitEqualSum: speaker?.sum.every((value, i) => value === sum[i]),
  ...tries,
  seconds: (performance.now() - start) / 1000,
});
await services.close();
standIns.close();
