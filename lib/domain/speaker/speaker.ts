import { isDeepStrictEqual } from "node:util";
import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Page, Speaker } from "../../ports/speaker.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { futureTime, hasExpired } from "../expiry.ts";
import { speakerView } from "./speaker-view.ts";

export type SpeakerKey = { registryId: RegistryId; speakerId: SpeakerId };
/** For operations that also need the registry's settings. */
export type SpeakerInput = { registry: Registry; speakerId: SpeakerId };

export const speakerKey = ({ registry, speakerId }: SpeakerInput): SpeakerKey => ({
  registryId: registry.registryId,
  speakerId,
});

export async function readSpeaker(
  services: Pick<Services, "clock" | "embedder" | "speakers">,
  input: SpeakerInput,
): Promise<SpeakerView> {
  const { settings } = input.registry;
  return speakerView(await liveSpeaker(services, input), settings, services.embedder.model);
}

/**
 * A page of speakers in order of creation; `after` is the previous page's `next`. Expired speakers
 * are left out, so a page can be shorter than `limit`.
 */
export async function listSpeakers(
  services: Pick<Services, "clock" | "embedder" | "speakers">,
  { registry, limit, after }: { registry: Registry; limit: number; after?: string | undefined },
): Promise<Page<SpeakerView>> {
  const { registryId, settings } = registry;
  const { items, next } = await services.speakers.list(registryId, after, limit);
  const live = items.filter((speaker) => !hasExpired(services, speaker, settings));
  return { items: live.map((speaker) => speakerView(speaker, settings, services.embedder.model)), next };
}

/**
 * Updates name, metadata and expiry.
 *
 * name       null removes the name; undefined keeps it
 * metadata   replaces all of the old metadata; undefined keeps it
 * expiresAt  null removes the speaker's own expiry; undefined keeps it
 * ifMatch    update only this version; else `version-mismatch`
 * attempt    a repeated attempt at an update that was made already returns its result
 */
export async function updateSpeaker(
  services: Pick<Services, "clock" | "embedder" | "random" | "speakers">,
  input: SpeakerInput & {
    name?: string | null | undefined;
    metadata?: Readonly<Record<string, string>> | undefined;
    expiresAt?: string | null | undefined;
    ifMatch?: number | undefined;
    attempt?: RequestAttempt | undefined;
  },
): Promise<SpeakerView> {
  const { settings } = input.registry;
  const expiry = input.expiresAt ? futureTime(services, input.expiresAt) : undefined;
  const updated = await changeSpeaker(services, input, (speaker) => {
    refuseOptedOut(speaker);
    const name = input.name === undefined ? speaker.name : (input.name ?? undefined);
    const expiresAt = input.expiresAt === undefined ? speaker.expiresAt : expiry;
    const metadata = input.metadata ?? speaker.metadata;
    const changed = { ...speaker, name, metadata, expiresAt };
    if (input.ifMatch === undefined || input.ifMatch === speaker.version) return changed;
    const isOwn = input.attempt?.retry && input.ifMatch === speaker.version - 1;
    const stored = [speaker.name, speaker.metadata, speaker.expiresAt];
    if (isOwn && isDeepStrictEqual([name, metadata, expiresAt], stored)) return speaker;
    throw new AppError(
      "version-mismatch",
      `${input.speakerId} is at version ${speaker.version}, not ${input.ifMatch}. Read it again.`,
    );
  });
  return speakerView(updated, settings, services.embedder.model);
}

/** The stored speaker, expired or not. Throws `speaker-not-found`. */
export async function requireSpeaker(
  services: Pick<Services, "speakers">,
  input: SpeakerKey,
): Promise<Speaker> {
  const speaker = await services.speakers.get(input.registryId, input.speakerId);
  if (!speaker) throw notFound(input);
  return speaker;
}

/** A speaker that hasn't expired. An expired one gets the `speaker-not-found` of no speaker. */
export async function liveSpeaker(
  services: Pick<Services, "clock" | "speakers">,
  input: SpeakerInput,
): Promise<Speaker> {
  const speaker = await requireSpeaker(services, speakerKey(input));
  if (hasExpired(services, speaker, input.registry.settings)) throw notFound(input);
  return speaker;
}

const notFound = ({ speakerId }: Pick<SpeakerKey, "speakerId">): AppError =>
  new AppError("speaker-not-found", `No speaker ${speakerId} exists in this registry.`);

/** For work on many speakers: another request may erase one of them in between. */
export function ignoreErased(error: unknown): void {
  if (!(error instanceof AppError && error.slug === "speaker-not-found")) throw error;
}

export function refuseOptedOut(speaker: Speaker): void {
  if (speaker.optedOut) throw new AppError("speaker-opted-out", `${speaker.speakerId} has opted out.`);
}

type Change = (speaker: Speaker) => Speaker | Promise<Speaker>;

/** Like `changeStored`, for a speaker that hasn't expired. */
export function changeSpeaker(
  services: Pick<Services, "clock" | "random" | "speakers">,
  input: SpeakerInput,
  change: Change,
): Promise<Speaker> {
  return changeStored(services, speakerKey(input), (speaker) => {
    if (hasExpired(services, speaker, input.registry.settings)) throw notFound(input);
    return change(speaker);
  });
}

/**
 * Changes a speaker, and retries from the read if another writer was faster. Writes nothing if
 * `change` returns the same object.
 */
export function changeStored(
  services: Pick<Services, "clock" | "random" | "speakers">,
  input: SpeakerKey,
  change: Change,
): Promise<Speaker> {
  return untilCommitted(services, async () => {
    const speaker = await requireSpeaker(services, input);
    const changed = await change(speaker);
    if (changed === speaker) return speaker;
    const updatedAt = services.clock.now().toISOString();
    const next = { ...changed, version: speaker.version + 1, updatedAt };
    await services.speakers.put(next);
    return next;
  });
}
