import type { ClipInput } from "../../audio/types.ts";
import { AppError, type FieldError } from "../../error.ts";
import type { CohortVoice } from "../../ports/cohort.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Services } from "../../ports/services.ts";
import { addFixed, fromFixed, toFixed } from "../../score/scoring/fixed-point.ts";
import { requireSpeech } from "../enrollment/clips.ts";
import { hasMultipleSpeakers } from "../enrollment/multiple-speakers.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf } from "../scoring/side.ts";
import { emptySum } from "../speaker/voiceprint.ts";
import type { CohortRow } from "./record.ts";

/** A recording that is to stand in a cohort. */
export type CohortClip = {
  /** For people: what is wrong with the clip is told of this name. */
  label: string;
  /** Clips of one voice become one row, their mean; undefined: a voice of its own. */
  voice?: string | undefined;
  language?: string | undefined;
  /** Read when its turn comes. */
  read(): Promise<ClipInput>;
};

/** A clip that no cohort takes, by its place in the list, and why. */
export type UnfitClip = { index: number; label: string; why: string };

type Fit = { clip: CohortClip; embedded: ClipEmbedding; embedding: NonNullable<ClipEmbedding["embedding"]> };

/** Less net speech than this says little of a voice; as for enrollment. */
const CLIP_SECONDS = 2;
const SHOWN = 20;

/**
 * Hears all clips, `width` at a time, and makes one row of each voice. A clip that cannot be heard, has too little
 * speech, is too poor, holds several voices (several-voices.ts) or was there before is unfit; the caller decides.
 */
export async function cohortRows(
  services: Pick<Services, "embedder">,
  setup: ScoringSetup,
  clips: readonly CohortClip[],
  options: { width: number; onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<{ rows: CohortRow[]; unfit: readonly UnfitClip[] }> {
  const found: (Fit | UnfitClip)[] = [];
  let done = 0;
  const waiting = [...clips.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, clip] = next;
      found[index] = await embedOne(services, setup, clip, index).catch((error) => {
        waiting.length = 0;
        throw error;
      });
      options.onProgress?.(++done, clips.length);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return rowsOf(found, services.embedder.model.dimension);
}

/** Refuses all where one is unfit, and names each. */
export function refuseUnfitClips(unfit: readonly UnfitClip[], total: number): void {
  if (unfit.length === 0) return;
  const errors = unfit
    .slice(0, SHOWN)
    .map(({ index, label, why }): FieldError => ({ pointer: `/clips/${index}`, detail: `${label}: ${why}` }));
  const more = unfit.length > SHOWN ? ` And ${unfit.length - SHOWN} more.` : "";
  const told = errors.map(({ detail }) => detail).join(" ");
  const detail = `${unfit.length} of ${total} clips cannot stand in a cohort; nothing was made. ${told}${more}`;
  throw new AppError("cohort-clips-unfit", detail, { errors });
}

async function embedOne(
  { embedder }: Pick<Services, "embedder">,
  setup: ScoringSetup,
  clip: CohortClip,
  index: number,
): Promise<Fit | UnfitClip> {
  const { label } = clip;
  try {
    const embedded = await embedder.embed(await clip.read(), { parts: true });
    const needed = Math.max(CLIP_SECONDS, embedder.model.minSpeechSeconds);
    const embedding = requireSpeech(embedded, needed, (slug, why) => new AppError(slug, why));
    if (hasMultipleSpeakers(setup, embedded))
      return { index, label, why: "It seems to hold several voices; a row of a cohort is one person." };
    return { clip, embedded, embedding };
  } catch (error) {
    if (!(error instanceof AppError) || !error.slug.startsWith("audio-")) throw error;
    return { index, label, why: error.message };
  }
}

function rowsOf(
  found: readonly (Fit | UnfitClip)[],
  dimension: number,
): { rows: CohortRow[]; unfit: UnfitClip[] } {
  const unfit: UnfitClip[] = [];
  const seen = new Map<string, string>();
  const voices = new Map<string, Fit[]>();
  for (const [index, one] of found.entries()) {
    if ("why" in one) {
      unfit.push(one);
      continue;
    }
    const { clip, embedded } = one;
    const before = seen.get(embedded.audioSha256);
    if (before !== undefined) {
      unfit.push({ index, label: clip.label, why: `It is the same recording as ${before}.` });
      continue;
    }
    seen.set(embedded.audioSha256, clip.label);
    // A voice may be called like another clip's label.
    const key = clip.voice === undefined ? `clip ${index}` : `voice ${clip.voice}`;
    voices.set(key, [...(voices.get(key) ?? []), one]);
  }
  return { rows: [...voices.values()].map((clips) => rowOf(clips, dimension)), unfit };
}

function rowOf(clips: readonly Fit[], dimension: number): CohortRow {
  const sum = clips.reduce(
    (total, { embedding }) => addFixed(total, toFixed(embedding), 1),
    emptySum(dimension),
  );
  const languages = new Set(clips.map(({ clip }) => clip.language));
  const qualities = clips.map(({ embedded }) => embedded.quality);
  const voice: CohortVoice = {
    source: "clips",
    owner: undefined,
    label: clips[0].clip.voice ?? clips[0].clip.label,
    language: languages.size === 1 ? clips[0].clip.language : undefined,
    bandwidth: bandwidthOf(qualities),
    clips: clips.length,
    speechSeconds: qualities.reduce((total, { speechSeconds }) => total + speechSeconds, 0),
  };
  return { vector: fromFixed(sum), voice };
}
