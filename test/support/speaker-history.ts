import type fc from "fast-check";
import { verify } from "../../lib/domain/decision/verify.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { AppError } from "../../lib/error.ts";
import type { SpeakerId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { overtaken } from "../domain/overtaken.ts";
import { fakeClip, fakeEmbedder } from "./fake-embedder.ts";
import type { Event, Step } from "./linearizable.ts";

export const TAKES = ["1", "2", "3"] as const;
type Take = (typeof TAKES)[number];
export type Call =
  | { operation: "enroll"; take: Take }
  | { operation: "delete"; take: Take }
  | { operation: "verify" }
  | { operation: "erase" }
  | { operation: "read" };
/** A slug, the sorted takes of a speaker, or the cosine of a verification. */
export type Result = { slug: string } | { takes: string } | { clips: number } | { cosine: number };
/** The sorted takes of a speaker, or "absent". */
export type State = string;

/** Verification's probe. No call enrolls it. */
const PROBE = "9";
const clipOf = (take: string) => fakeClip(`voice=ann take=${take}`);

/** What one caller does, one call after another. */
export type Script = readonly Call[];

/**
 * Runs each script against one speaker, all at the same time. The scheduler orders their calls of
 * the stores. Returns what each operation returned, and when it was called and returned.
 */
export async function record(
  processes: readonly Services[],
  id: SpeakerId,
  scripts: readonly Script[],
  scheduler: fc.Scheduler,
): Promise<Event<Call, Result>[]> {
  const embeddings = await takeEmbeddings();
  const history: Event<Call, Result>[] = [];
  let time = 0;
  const run = async (services: Services, script: Script) => {
    for (const call of script) {
      time += 1;
      const calledAt = time;
      const result = await resultOf(services, id, call, embeddings);
      time += 1;
      history.push({ call, result, calledAt, returnedAt: time });
    }
  };
  const racing = processes.map((services) => ({
    ...services,
    speakers: overtaken(services.speakers, scheduler),
    clips: overtaken(services.clips, scheduler),
  }));
  const running = scripts.map((script, i) => run(racing[i % racing.length], script));
  await scheduler.waitFor(Promise.all(running));
  return history;
}

async function resultOf(
  services: Services,
  id: SpeakerId,
  call: Call,
  embeddings: ReadonlyMap<string, { audioSha256: string }>,
): Promise<Result> {
  const registry = await ensureRegistry(services, "test");
  const { registryId } = registry;
  const speaker = { registry, registryId, speakerId: id };
  const shaOf = (take: string) => embeddings.get(take)?.audioSha256;
  try {
    if (call.operation === "enroll") {
      const reply = await enroll(services, { ...speaker, clips: [clipOf(call.take)] });
      return { clips: reply.speaker.clips };
    }
    if (call.operation === "verify") {
      const reply = await verify(services, { ...speaker, clip: clipOf(PROBE) });
      return { cosine: reply.score?.cosine ?? Number.NaN };
    }
    if (call.operation === "erase") {
      await eraseSpeaker(services, speaker);
      return { slug: "done" };
    }
    const found = await services.speakers.get(registryId, id);
    if (call.operation === "read") return { takes: found ? takesOf(found, shaOf) : "absent" };
    const listed = found?.clips.find(({ audioSha256 }) => audioSha256 === shaOf(call.take));
    if (!listed) return { slug: "clip-not-found" };
    return { clips: (await deleteClip(services, { ...speaker, clipId: listed.clipId })).clips };
  } catch (error) {
    if (error instanceof AppError) return { slug: error.slug };
    throw error;
  }
}

const takesOf = ({ clips }: Speaker, shaOf: (take: string) => string | undefined): string =>
  clips
    .map(({ audioSha256 }) => TAKES.find((take) => shaOf(take) === audioSha256) ?? "?")
    .sort()
    .join("");

async function takeEmbeddings(): Promise<Map<string, { audioSha256: string; embedding: UnitVector }>> {
  const embedder = fakeEmbedder();
  const embedded = [...TAKES, PROBE].map(async (take) => {
    const { audioSha256, embedding } = await embedder.embed(clipOf(take));
    if (!embedding) throw new RangeError(`take ${take} has too little speech`);
    return [take, { audioSha256, embedding }] as const;
  });
  return new Map(await Promise.all(embedded));
}

/** Returns the sequential model: a speaker is absent or a set of takes. */
export async function speakerModel(): Promise<Step<State, Call, Result>> {
  const embeddings = await takeEmbeddings();
  const vectorOf = (take: string): UnitVector => {
    const found = embeddings.get(take);
    if (!found) throw new RangeError(`no take ${take}`);
    return found.embedding;
  };
  const probe = vectorOf(PROBE);
  const cosineOf = (state: State): number => {
    const vectors = [...state].map(vectorOf);
    return cosine(normalize(probe.map((_, i) => vectors.reduce((sum, one) => sum + one[i], 0))), probe);
  };
  return (state, call, result) => {
    const slug = "slug" in result ? result.slug : undefined;
    const takes = state === "absent" ? "" : state;
    if (call.operation === "read") return "takes" in result && result.takes === state ? state : undefined;
    if (call.operation === "erase") {
      if (state === "absent") return slug === "speaker-not-found" ? state : undefined;
      return slug === "done" ? "absent" : undefined;
    }
    if (call.operation === "verify") {
      if (state === "absent") return slug === "speaker-not-found" ? state : undefined;
      if (takes === "") return slug === "speaker-not-enrolled" ? state : undefined;
      return "cosine" in result && Math.abs(result.cosine - cosineOf(takes)) < 1e-6 ? state : undefined;
    }
    const has = takes.includes(call.take);
    const next = has ? takes.replace(call.take, "") : [...takes, call.take].sort().join("");
    const changed = "clips" in result && result.clips === next.length ? next : undefined;
    if (call.operation === "delete") {
      if (has) return changed;
      return slug === "clip-not-found" || (slug === "speaker-not-found" && state === "absent")
        ? state
        : undefined;
    }
    // An enrollment that meets an erasure gives up without effect.
    if (slug === "speaker-not-found") return state;
    return has ? (slug === "duplicate-clip" ? state : undefined) : changed;
  };
}
