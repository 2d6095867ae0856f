import type { ClipId, RegistryId } from "../../lib/id.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Clip, Speaker } from "../../lib/ports/speaker.ts";
import { addFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";
import type { FakeClock } from "../support/fake-world.ts";

/** One empty store, opened twice like by two processes, and the clock of both. */
type Store = { one: Services; other: Services; clock: FakeClock };
/** Opens a store for one test, and closes it when the test ends. */
export type OpenStore = () => Promise<Store>;

export const HERE: RegistryId = "reg_here";
export const ELSEWHERE: RegistryId = "reg_elsewhere";
export const MODEL = fakeModel().modelId;
const NOW = "2026-01-01T00:00:00.000Z";

export function speakerId(text: string): Speaker["speakerId"] {
  const id = parseSpeakerId(text);
  if (!id) throw new RangeError(text);
  return id;
}

/** A speaker with one clip. The fake voice has the speaker's name. */
export function aSpeaker(name: string, given: Partial<Speaker> = {}): Speaker {
  const clipId: ClipId = `clp_${name}`;
  return {
    registryId: HERE,
    speakerId: speakerId(name),
    uid: `spk_${name}`,
    optedOut: false,
    name: undefined,
    metadata: {},
    consent: undefined,
    modelId: MODEL,
    sum: addFixed(new Float64Array(fakeModel().dimension), toFixed(fakeVoice(name)), 1),
    clips: [{ clipId, audioSha256: "0".repeat(64), speechSeconds: 20 }],
    stats: undefined,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    ...given,
  };
}

export const aClip = (name: string, clipId: ClipId, given: Partial<Clip> = {}): Clip => ({
  registryId: HERE,
  speakerId: speakerId(name),
  uid: `spk_${name}`,
  clipId,
  audioSha256: "a".repeat(64),
  embedding: toFixed(fakeVoice(clipId)),
  modelId: MODEL,
  quality: {
    totalSeconds: 7,
    speechSeconds: 6.123456789,
    levelDb: undefined,
    snrDb: undefined,
    clippedFraction: 0,
    bandwidth: "wide",
  },
  warnings: [],
  mediaType: undefined,
  channel: undefined,
  audioVersion: undefined,
  enrolledBy: undefined,
  createdAt: NOW,
  ...given,
});

/** Numbers that a store must return to the last bit: up to the largest that can be rotated. */
export const AWKWARD = Float64Array.from([0, 1, -1, 2 ** 45, -(2 ** 46) + 1, 123456789, -(2 ** 28), 7]);

/** Opens stores whose registries keep voiceprints under template keys. */
export const underTemplateKeys =
  (open: OpenStore): OpenStore =>
  async () => {
    const store = await open();
    for (const registryId of [HERE, ELSEWHERE]) {
      const { registries, templateKeys } = store.one;
      await templateKeys.put(registryId, 1, new Uint8Array(32).fill(registryId.length));
      const settings = { enrollSpeechSeconds: 20, consentRequired: false, refuseMultipleSpeakers: false };
      const registry = { registryId, name: registryId, suspended: false, settings, active: {} };
      await registries.put({ ...registry, templates: { generation: 1 } });
    }
    return store;
  };
