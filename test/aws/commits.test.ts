import { createHash } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { clipItem } from "../../lib/adapters/aws/items-clip.ts";
import { speakerItem } from "../../lib/adapters/aws/items-speaker.ts";
import { systemClock } from "../../lib/adapters/shared/world.ts";
import { MOST_STORED_BYTES } from "../../lib/audio/features/fingerprint.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError } from "../../lib/error.ts";
import { makeId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Clip, ListedClip } from "../../lib/ports/speaker.ts";
import { addFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { aClip, aSpeaker, HERE, speakerId } from "../contract/store.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { meterOf } from "../support/capacity.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const standIns = inject("standIns");
const DIMENSION = 192;
const WRITERS = 24;

const digestOf = (text: string) => createHash("sha256").update(text).digest();
const idOf = <P extends string>(prefix: P, text: string) => makeId(prefix, digestOf(text).subarray(0, 16));
const embeddingOf = (text: string) =>
  toFixed(normalize(Array.from({ length: DIMENSION }, (_, i) => digestOf(`${text} ${i}`).readInt32BE(0))));
const sumOf = (embeddings: readonly Int32Array[]): Float64Array =>
  embeddings.reduce<Float64Array>(
    (total, one) => addFixed(total, one, 1),
    new Float64Array(embeddings[0].length),
  );
const registryId = idOf("reg", "a registry");
const modelId = `mdl_${digestOf("model").toString("hex")}` as const;
/** IDs, digests and lengths as in production. */
const realistic = (given: Partial<Clip> = {}): Clip =>
  aClip("ann", idOf("clp", "clip"), {
    registryId,
    uid: idOf("spk", "ann"),
    speakerId: speakerId("7f3d2a90-5b1c-4c8e-9d6f-0a1b2c3d4e5f"),
    audioSha256: digestOf("audio").toString("hex"),
    embedding: embeddingOf("clip"),
    modelId,
    mediaType: "audio/wav",
    audioVersion: "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrH",
    enrolledBy: "0123456789abcdef0123456789abcdef",
    quality: {
      totalSeconds: 7.3125,
      speechSeconds: 6.18,
      levelDb: -26.12,
      snrDb: 23.456789,
      clippedFraction: 0.001,
      bandwidth: "wide",
    },
    ...given,
  });

/**
 * The size by DynamoDB's rules: names and text in UTF-8, bytes as they are, a number one byte for
 * two digits plus one.
 */
function sizeOf(item: ReturnType<typeof clipItem>): number {
  const value = ({ S, B, N }: (typeof item)[string]) =>
    S !== undefined ? Buffer.byteLength(S) : B ? B.length : N ? Math.ceil(N.length / 2) + 1 : 1;
  return Object.entries(item).reduce((sum, [name, attribute]) => sum + name.length + value(attribute), 0);
}

test("a clip without a fingerprint is under 1 KB, even with a speaker ID of 90 characters", () => {
  expect(sizeOf(clipItem(realistic()))).toBeLessThan(960);
  const longest = realistic({ speakerId: speakerId("x".repeat(90)), channel: 1, warnings: ["narrow-band"] });
  expect(sizeOf(clipItem(longest))).toBeLessThan(1024);
});

test("with the longest fingerprint a clip is under 2 KB", () => {
  const fingerprint = new Uint8Array(MOST_STORED_BYTES);
  const longest = realistic({ speakerId: speakerId("x".repeat(90)), channel: 1, warnings: ["narrow-band"] });
  expect(sizeOf(clipItem({ ...longest, fingerprint }))).toBeLessThan(2048);
});

test("a speaker with 50 clips fits into the 4 KB of one read unit", () => {
  const { speakerId: id, uid } = realistic();
  const clips = Array.from({ length: 50 }, (_, i): ListedClip => {
    const audioSha256 = digestOf(`audio ${i}`).toString("hex");
    return { clipId: idOf("clp", `${i}`), audioSha256, speechSeconds: 6 + i / 100, bandwidth: "wide" };
  });
  const sum = sumOf(clips.map(({ clipId }) => embeddingOf(clipId)));
  const side = { mean: 0.123456789, std: 0.0456789 };
  const stats = { cohortId: idOf("coh", "cohort"), voice: { all: side, top: side } };
  const speaker = aSpeaker("ann", {
    registryId,
    speakerId: id,
    uid,
    modelId,
    clips,
    sum,
    stats,
    version: 50,
  });
  const places = { created: "0mjvyz2tc000abcdefgh", changed: "0mjvyz2tc001abcdefgh" };
  expect(sizeOf(speakerItem({ ...speaker, name: "Ada Lovelace" }, places))).toBeLessThan(4096);
});

describe.skipIf(!standIns)("commits on DynamoDB", () => {
  const place = () => awsPlace(standIns as NonNullable<typeof standIns>);

  test("24 concurrent enrollments of one speaker lose and repeat nothing, and sum up the stored clips", async () => {
    const { open } = await place();
    const openings = Array.from({ length: 4 }, () => open({ clock: systemClock }));
    const registry = await ensureRegistry(openings[0], "test");
    let puts = 0;
    const counted = openings.map(
      (services): Services => ({
        ...services,
        speakers: {
          ...services.speakers,
          put(speaker) {
            puts += 1;
            return services.speakers.put(speaker);
          },
        },
      }),
    );
    // 20 recordings, 4 of them sent twice.
    const takes = Array.from({ length: WRITERS }, (_, i) => i % 20);
    const done = await Promise.allSettled(
      takes.map((take, i) =>
        enroll(counted[i % counted.length], {
          registry,
          speakerId: speakerId("ann"),
          clips: [fakeClip(`voice=ann take=${take}`)],
        }),
      ),
    );
    const enrolled = done.flatMap((one) =>
      one.status === "fulfilled" ? one.value.clips.map(({ id }) => id) : [],
    );
    const slugs = done.flatMap((one) =>
      one.status === "rejected"
        ? [one.reason instanceof AppError ? one.reason.slug : String(one.reason)]
        : [],
    );
    const speaker = await openings[0].speakers.get(registry.registryId, speakerId("ann"));
    if (!speaker) throw new RangeError("no enrollment succeeded");
    const listed = speaker.clips.map(({ clipId }) => clipId);
    expect(new Set(listed).size).toBe(listed.length);
    console.info(
      `${WRITERS} concurrent writers: ${listed.length} enrolled, ${JSON.stringify(tally(slugs))}, ${puts} attempts`,
    );
    expect(listed.toSorted()).toEqual(enrolled.toSorted());
    expect(speaker.version).toBe(listed.length);
    // The second writer of the same audio gets duplicate-clip. After 12 lost races the client has
    // to retry.
    expect(slugs.filter((slug) => slug !== "duplicate-clip" && slug !== "write-contention")).toEqual([]);
    const stored = await openings[0].speakers.clips(registry.registryId, speaker.uid);
    expect(stored.map(({ clipId }) => clipId)).toEqual(listed.toSorted());
    const sum = sumOf(stored.map(({ embedding }) => embedding));
    expect(speaker.sum).toStrictEqual(sum);
  }, 180_000);

  test("writes a clip for 1 unit, reads a speaker for 1, and commits a read speaker without another read", async () => {
    const at = await place();
    const clients = standInClients(standIns as NonNullable<typeof standIns>);
    const meter = meterOf(clients.dynamodb);
    const services = at.open({ clients });
    // The registry's template key is looked up once in 30 seconds.
    await services.speakers.putClip(realistic());
    const clip = await meter(() => services.speakers.putClip(realistic()));
    expect(clip).toMatchObject({ read: 0, write: 1 });
    const first = await meter(() => services.speakers.put(aSpeaker("ann")));
    const read = await meter(() => services.speakers.get(HERE, speakerId("ann")));
    expect(read).toMatchObject({ read: 1, write: 0, calls: ["GetItem 1"] });
    const second = await meter(() => services.speakers.put(aSpeaker("ann", { version: 2 })));
    // No read before it: the speaker's places in directory and log are cached.
    expect(second.calls.map((one) => one.split(" ")[0])).toEqual(["TransactWriteItems"]);
    console.info(`commit: first ${first.write} units, next ${second.write}`);
  });
});

const tally = (slugs: readonly string[]) =>
  Object.fromEntries([...new Set(slugs)].map((slug) => [slug, slugs.filter((one) => one === slug).length]));
