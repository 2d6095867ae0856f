import type { ClipInput } from "../../audio/types.ts";
import { AppError, type FieldError } from "../../error.ts";
import type { CohortVoice } from "../../ports/cohort.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Services } from "../../ports/services.ts";
import { addFixed, fromFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { requireSpeech } from "../enrollment/clips.ts";
import { forSpeakersCheck, hasMultipleSpeakers } from "../scoring/multiple-speakers.ts";
import { bandwidthOf } from "../scoring/side.ts";
import { emptySum } from "../speaker/voiceprint.ts";
import type { CohortRow } from "./record.ts";

/** A recording to build a cohort row from. */
export type CohortClip = {
  /** Names the clip in error messages. */
  label: string;
  /** Clips with the same voice become one row, their mean; undefined: a voice of its own. */
  voice?: string | undefined;
  language?: string | undefined;
  /** Called just before the clip is embedded. */
  read(): Promise<ClipInput>;
};

/** A clip that can't be used in a cohort: its index in the list, and the reason as a sentence. */
export type UnfitClip = { index: number; label: string; why: string };

/** A clip that can be used: what its row is computed from. */
export type FitClip = Pick<ClipEmbedding, "audioSha256" | "quality"> & {
  index: number;
  clip: Omit<CohortClip, "read">;
  embedding: UnitVector;
};

/** Net speech that a clip needs, in seconds; the same as for enrollment. */
const CLIP_SECONDS = 2;
const MOST_NAMED = 20;

/**
 * Embeds all clips, `width` in parallel, and builds one row per voice. A clip is unfit if it can't
 * be decoded, has too little speech, is of poor quality, seems to hold more than one speaker, or
 * repeats an earlier clip. The caller decides what to do about unfit clips.
 */
export async function cohortRows(
  services: Pick<Services, "embedder">,
  clips: readonly CohortClip[],
  options: { width: number; onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<{ rows: CohortRow[]; unfit: readonly UnfitClip[] }> {
  const results: (FitClip | UnfitClip)[] = [];
  const queue = clips.entries();
  let failed = false;
  const work = async () => {
    for (const [index, clip] of queue) {
      if (failed) return;
      try {
        results.push(await embedCohortClip(services, clip, index));
      } catch (error) {
        failed = true;
        throw error;
      }
      options.onProgress?.(results.length, clips.length);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  const inOrder = results.sort((a, b) => a.index - b.index);
  return rowsOf(inOrder, services.embedder.model.dimension);
}

/** Throws `cohort-clips-unfit`, naming the first 20 clips, if any clip is unfit. */
export function refuseUnfitClips(unfit: readonly UnfitClip[], total: number): void {
  if (unfit.length === 0) return;
  const errors = unfit
    .slice(0, MOST_NAMED)
    .map(({ index, label, why }): FieldError => ({ pointer: `/clips/${index}`, detail: `${label}: ${why}` }));
  const more = unfit.length > MOST_NAMED ? ` And ${unfit.length - MOST_NAMED} more.` : "";
  const reasons = errors.map(({ detail }) => detail).join(" ");
  const detail = `${unfit.length} of ${total} clips can't be used in a cohort; no cohort was built. ${reasons}${more}`;
  throw new AppError("cohort-clips-unfit", detail, { errors });
}

/** Embeds one clip; an unfit clip is returned with its reason. */
export async function embedCohortClip(
  { embedder }: Pick<Services, "embedder">,
  clip: CohortClip,
  index: number,
): Promise<FitClip | UnfitClip> {
  const { label } = clip;
  try {
    const embedded = await embedder.embed(await clip.read(), forSpeakersCheck(embedder));
    const needed = Math.max(CLIP_SECONDS, embedder.model.minSpeechSeconds);
    const embedding = requireSpeech(embedded, needed, (slug, why) => new AppError(slug, why));
    if (hasMultipleSpeakers(embedder, embedded))
      return { index, label, why: "The clip appears to contain more than one speaker." };
    const { audioSha256, quality } = embedded;
    const { voice, language } = clip;
    return { index, clip: { label, voice, language }, audioSha256, quality, embedding };
  } catch (error) {
    if (!(error instanceof AppError) || !error.slug.startsWith("audio-")) throw error;
    return { index, label, why: error.message };
  }
}

/** Builds one row per voice. A clip that repeats an earlier one is unfit. results: in order */
export function rowsOf(
  results: readonly (FitClip | UnfitClip)[],
  dimension: number,
): { rows: CohortRow[]; unfit: UnfitClip[] } {
  const unfit: UnfitClip[] = [];
  const labels = new Map<string, string>();
  const voices = new Map<string, FitClip[]>();
  for (const result of results) {
    if ("why" in result) {
      unfit.push(result);
      continue;
    }
    const { index, clip, audioSha256 } = result;
    const earlier = labels.get(audioSha256);
    if (earlier !== undefined) {
      unfit.push({ index, label: clip.label, why: `It is the same recording as ${earlier}.` });
      continue;
    }
    labels.set(audioSha256, clip.label);
    // Prefixes keep a voice's name apart from another clip's index.
    const voice = clip.voice === undefined ? `clip ${index}` : `voice ${clip.voice}`;
    voices.set(voice, [...(voices.get(voice) ?? []), result]);
  }
  return { rows: [...voices.values()].map((clips) => rowOf(clips, dimension)), unfit };
}

function rowOf(clips: readonly FitClip[], dimension: number): CohortRow {
  const first = clips.at(0)?.clip;
  const sum = clips.reduce(
    (total, { embedding }) => addFixed(total, toFixed(embedding), 1),
    emptySum(dimension),
  );
  const languages = new Set(clips.map(({ clip }) => clip.language));
  const qualities = clips.map(({ quality }) => quality);
  const voice: CohortVoice = {
    source: "clips",
    owner: undefined,
    label: first?.voice ?? first?.label,
    language: languages.size === 1 ? first?.language : undefined,
    bandwidth: bandwidthOf(qualities),
    clips: clips.length,
    speechSeconds: qualities.reduce((total, { speechSeconds }) => total + speechSeconds, 0),
  };
  return { vector: fromFixed(sum), voice };
}
