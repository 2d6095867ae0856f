import { type EnrollInput, enroll } from "../../lib/domain/enrollment/enroll.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError } from "../../lib/error.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import type { RegistrySettings } from "../../lib/ports/registry.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import type { EnrollReply } from "../../lib/schema/speaker.ts";
import { addFixed } from "../../lib/score/scoring/fixed-point.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { TestServices } from "../support/services.ts";

export function speakerId(text: string): Speaker["speakerId"] {
  const id = parseSpeakerId(text);
  if (!id) throw new RangeError(text);
  return id;
}

export const named = (services: TestServices, name: string) => ({
  registry: services.registry,
  registryId: services.registryId,
  speakerId: speakerId(name),
});

/** Enrolls takes of the speaker's voice, six seconds each; four takes complete an enrollment. */
export const enrollTakes = (services: TestServices, name: string, takes: number, first = 1) =>
  enroll(services, {
    ...named(services, name),
    clips: Array.from({ length: takes }, (_, i) => fakeClip(`voice=${name} take=${first + i}`)),
  });

export const enrollText = (
  services: TestServices,
  name: string,
  texts: readonly string[],
  more: Partial<EnrollInput> = {},
): Promise<EnrollReply> =>
  enroll(services, { ...named(services, name), clips: texts.map(fakeClip), ...more });

/** The slug of the AppError that the operation rejects with, or "done". */
export async function slugOf(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return "done";
  } catch (error) {
    if (error instanceof AppError) return error.slug;
    throw error;
  }
}

/** The AppError that the operation rejects with. */
export async function refusal(operation: Promise<unknown>): Promise<AppError> {
  const reason = await operation.then(
    () => new RangeError("the operation succeeded"),
    (error: unknown) => error,
  );
  if (reason instanceof AppError) return reason;
  throw reason;
}

export async function set(services: TestServices, settings: Partial<RegistrySettings>): Promise<void> {
  services.registry = await updateRegistry(services, { registryId: services.registryId, settings });
}

export async function stored(services: TestServices, name: string): Promise<Speaker> {
  const { registryId, speakerId: id } = named(services, name);
  const speaker = await services.speakers.get(registryId, id);
  if (!speaker) throw new RangeError(`no ${name}`);
  return speaker;
}

/** Sums the stored items of the listed clips. */
export async function recomputed(services: TestServices, speaker: Speaker): Promise<Float64Array> {
  let sum = new Float64Array(services.embedder.model.dimension);
  for (const { clipId } of speaker.clips) {
    const clip = await services.speakers.getClip(speaker.registryId, speaker.uid, clipId);
    if (!clip) throw new RangeError(`no item ${clipId}`);
    sum = new Float64Array(addFixed(sum, clip.embedding, 1));
  }
  return sum;
}

/** Counts the stored clip items and recordings of a uid. */
export async function traces(services: TestServices, uid: Speaker["uid"]) {
  const items = await services.speakers.clips(services.registryId, uid);
  const audio = (await services.clips.list(services.registryId)).filter((clip) => clip.uid === uid);
  return { items: items.length, audio: audio.length };
}
