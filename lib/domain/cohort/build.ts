import { AppError } from "../../error.ts";
import type { CohortId, RegistryId } from "../../id.ts";
import type { CohortRecord } from "../../ports/cohort.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { encodeFloat32 } from "../../score/scoring/codec.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { hasWithdrawnAll } from "../purposes.ts";
import { bandwidthOf } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { type CohortClip, cohortRows, refuseUnfitClips, type UnfitClip } from "./clips.ts";
import { recordNamed } from "./named.ts";
import { type CohortRow, cohortRecord } from "./record.ts";

type Needs = Pick<
  Services,
  "active" | "calibrations" | "clock" | "cohorts" | "embedder" | "registries" | "speakers"
>;

/** Any mix of these sources; at least one is required. */
type CohortSources = {
  clips?: readonly CohortClip[] | undefined;
  /**
   * Include the registry's enrolled speakers. Scoring leaves a speaker's own row out of its trials.
   */
  registry?: boolean | undefined;
  /** Include the voices of the model's bundled cohort. */
  bundled?: boolean | undefined;
  /** Include the voices of these cohorts of the registry, for example to extend one. */
  cohorts?: readonly CohortId[] | undefined;
};

export type BuildCohortInput = CohortSources & {
  registryId: RegistryId;
  name?: string | undefined;
  topN?: number | undefined;
  /** Skip unusable clips and report them; otherwise one unusable clip rejects the whole build. */
  skipUnfit?: boolean | undefined;
  /** How many clips to embed in parallel; undefined: 1. */
  width?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
};

/**
 * `created`: false if the same cohort already exists, under any name. `left`: the skipped clips.
 */
export type BuiltCohort = { record: CohortRecord; created: boolean; left: readonly UnfitClip[] };

/**
 * Builds and stores a cohort. Activates nothing.
 *
 * throws `cohort-clips-unfit` with one error per unusable clip; `cohort-too-small`;
 *        `cohort-not-found` or `cohort-mismatch` for a source cohort; `validation-failed` without
 *        any source
 */
export async function buildCohort(services: Needs, input: BuildCohortInput): Promise<BuiltCohort> {
  const { clips = [], width = 1, onProgress } = input;
  await requireSources(services, { ...input, clips: clips.length });
  const { rows, unfit } = await cohortRows(services, clips, { width, onProgress });
  return assembleCohort(services, { ...input, clips: clips.length }, rows, unfit);
}

/** What a cohort is built from besides its clips. clips: how many there are */
type AssembleInput = Omit<BuildCohortInput, "clips" | "onProgress" | "width"> & { clips: number };

/**
 * Throws `validation-failed` without any source, and `cohort-not-found` or `cohort-mismatch` for a
 * source cohort.
 */
export async function requireSources(services: Needs, input: AssembleInput): Promise<CohortRecord[]> {
  const { registryId, cohorts = [] } = input;
  if (input.clips === 0 && cohorts.length === 0 && !input.registry && !input.bundled)
    throw new AppError(
      "validation-failed",
      "Choose at least one source: clips, the registry's speakers, the bundled cohort or other cohorts.",
    );
  return Promise.all(cohorts.map((id) => recordNamed(services, registryId, id)));
}

/** Stores the cohort of these rows and the other sources. Throws like `buildCohort`. */
export async function assembleCohort(
  services: Needs,
  input: AssembleInput,
  clipRows: readonly CohortRow[],
  unfit: readonly UnfitClip[],
): Promise<BuiltCohort> {
  const { registryId } = input;
  const others = await requireSources(services, input);
  if (!input.skipUnfit) refuseUnfitClips(unfit, input.clips);
  const rows = [...clipRows];
  const { modelId, dimension } = services.embedder.model;
  if (input.bundled) rows.push(...bundledRows(await services.cohorts.bundled(modelId)));
  if (input.registry) rows.push(...(await speakerRows(services, registryId)));
  rows.push(...others.flatMap(recordRows));
  const createdAt = services.clock.now().toISOString();
  const head = { registryId, modelId, name: input.name, createdAt, dimension, topN: input.topN };
  const record = cohortRecord(head, distinct(rows));
  const created = await services.cohorts.put(record);
  await removeErasedVoices(services, record);
  return {
    record: (await services.cohorts.get(registryId, record.cohortId)) ?? record,
    created,
    left: unfit,
  };
}

const recordRows = ({ cohort, voices }: CohortRecord): CohortRow[] =>
  voices.map((voice, i) => ({ vector: rowOf(cohort, i), voice }));

/** Drops repeated rows and speakers. The first row of a speaker is its current voiceprint. */
function distinct(rows: readonly CohortRow[]): CohortRow[] {
  const byVoice = new Map<string, CohortRow>();
  for (const row of rows) {
    const voice = row.voice.owner ?? Buffer.from(encodeFloat32(row.vector)).toString("base64");
    if (!byVoice.has(voice)) byVoice.set(voice, row);
  }
  return [...byVoice.values()];
}

/**
 * Copies the row as it is: normalizing again would change its last bits, and with them the scores.
 */
const rowOf = ({ rows, dimension }: Cohort, i: number): UnitVector =>
  rows.slice(i * dimension, (i + 1) * dimension) as UnitVector;

function bundledRows(cohort: Cohort): CohortRow[] {
  return Array.from({ length: cohort.size }, (_, i) => ({
    vector: rowOf(cohort, i),
    voice: { source: "bundled" },
  }));
}

async function speakerRows(services: Needs, registryId: RegistryId): Promise<CohortRow[]> {
  const rows: CohortRow[] = [];
  const { modelId } = services.embedder.model;
  for await (const speaker of everySpeaker(services, registryId)) {
    const { uid, clips, sum } = speaker;
    if (!isUsable(speaker) || speaker.modelId !== modelId) continue;
    const details = { clips: clips.length, speechSeconds: speechOf(clips), bandwidth: bandwidthOf(clips) };
    rows.push({
      vector: fromFixed(sum),
      voice: { source: "registry", owner: uid, ...details },
    });
  }
  return rows;
}

/**
 * Removes the voices of speakers who were erased, reset or opted out, or withdrew their consent,
 * during the build: the erasure could not find them in a cohort that was not stored yet.
 */
async function removeErasedVoices(services: Needs, { registryId, voices }: CohortRecord): Promise<void> {
  const owners = new Set(voices.flatMap(({ owner }) => owner ?? []));
  if (owners.size === 0) return;
  for await (const speaker of everySpeaker(services, registryId))
    if (isUsable(speaker)) owners.delete(speaker.uid);
  for (const uid of owners) await services.cohorts.forget(registryId, uid);
}

/** Nothing that a person has withdrawn is used any more. */
const isUsable = (speaker: Speaker): boolean =>
  !speaker.optedOut && speaker.clips.length > 0 && !hasWithdrawnAll(speaker);
