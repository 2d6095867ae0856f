import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { localServices } from "../lib/adapters/local/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import type { ClipInput } from "../lib/audio/types.ts";
import { ENROLL_CLIP_SECONDS } from "../lib/domain/enrollment/clips.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { isPoor } from "../lib/domain/scoring/probe-quality.ts";
import type { SpeakerId } from "../lib/id.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import { bySpeaker, readClips } from "../models/build/corpus.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { type FakeClock, fakeClock } from "../test/support/fake-world.ts";
import { speechFolder } from "../test/support/speech.ts";
import { cachedEmbedder } from "./cached-embedder.ts";

export type DevClip = { speaker: SpeakerId; corpus: string; input: ClipInput };
/** `enrollable`: clips that enrollment accepts. `probes`: clips that verify gives a score. */
export type DevSpeaker = {
  speaker: SpeakerId;
  corpus: string;
  enrollable: readonly DevClip[];
  probes: readonly DevClip[];
};
export type DevRegistry = {
  services: Services;
  clock: FakeClock;
  registry: Registry;
  speakers: readonly DevSpeaker[];
  close(): Promise<void>;
};

const PROBE_SECONDS = 1;

/**
 * Opens an empty registry on the embedded store, with a simulated clock, the bundled model and the
 * speakers of the development speech. Exits with a message if there is no speech.
 *
 * clipsPerPerson  reads at most so many clips of each person
 * cache           a folder that keeps embeddings, so that a second run embeds nothing
 */
export async function openDevRegistry(options: {
  clipsPerPerson: number;
  cache: string | undefined;
}): Promise<DevRegistry> {
  const speech = speechFolder();
  if (!speech) {
    console.error(
      "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
    );
    process.exit(2);
  }
  const bundle = await openBundle({ workers: availableParallelism() });
  const embedder = await cachedEmbedder(bundle.embedder, BUNDLED_MODEL, options.cache);
  const people = bySpeaker(await readClips(speech, "dev"));
  const listed = [...people.values()].flatMap((own) => own.slice(0, options.clipsPerPerson));
  const clips = await mapWithProgress("dev", listed, 4, async (clip) => {
    const input = { bytes: await readFile(clip.path), mediaType: "audio/ogg" };
    const { quality, embedding } = await embedder.embed(input);
    const scored = embedding !== undefined && quality.speechSeconds >= PROBE_SECONDS;
    const enrollable = scored && quality.speechSeconds >= ENROLL_CLIP_SECONDS && !isPoor(quality);
    return { speaker: clip.speaker as SpeakerId, corpus: clip.corpus, input, scored, enrollable };
  });
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-attack-"));
  const clock = fakeClock();
  const services = localServices(folder, { ...bundle, embedder, clock });
  return {
    services,
    clock,
    registry: await ensureRegistry(services, "dev"),
    speakers: [...bySpeaker(clips)].map(([speaker, own]) => ({
      speaker: speaker as SpeakerId,
      corpus: own[0].corpus,
      enrollable: own.filter((clip) => clip.enrollable),
      probes: own.filter((clip) => clip.scored),
    })),
    async close() {
      await services.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
