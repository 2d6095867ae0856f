import { AppError } from "../../error.ts";
import type { CohortId, RegistryId } from "../../id.ts";
import { type CohortRecord, UNKNOWN_VOICE } from "../../ports/cohort.ts";
import type { Services } from "../../ports/services.ts";
import { encodeFloat32 } from "../../score/scoring/codec.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { bandwidthOf } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { type CohortClip, cohortRows, refuseUnfitClips, type UnfitClip } from "./clips.ts";
import { recordNamed } from "./cohort.ts";
import { type CohortRow, cohortRecord } from "./record.ts";

type Needs = Pick<
  Services,
  "active" | "calibrations" | "clock" | "cohorts" | "embedder" | "registries" | "speakers"
>;

/** From any of these, mixed as wanted. */
export type CohortSources = {
  clips?: readonly CohortClip[] | undefined;
  /** The registry's own enrolled speakers; each is left out of its own trials. */
  registry?: boolean | undefined;
  /** What came with the model. */
  bundled?: boolean | undefined;
  /** Cohorts of the registry's own, whose voices are taken over: so a cohort grows. */
  cohorts?: readonly CohortId[] | undefined;
};

export type BuildCohortInput = CohortSources & {
  registryId: RegistryId;
  name?: string | undefined;
  topN?: number | undefined;
  /** Go on without clips that cannot stand in a cohort, and tell which; else one of them refuses all. */
  skipUnfit?: boolean | undefined;
  /** Clips heard at once; undefined: 1. */
  width?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
};

/** `created`: false where the same cohort stood already, under whatever name. */
export type BuiltCohort = { record: CohortRecord; created: boolean; left: readonly UnfitClip[] };

/**
 * Makes and keeps a cohort, and activates nothing.
 *
 * throws `cohort-clips-unfit` naming each such clip, `cohort-too-small`, `cohort-not-found` and `cohort-mismatch` of
 *        cohorts that it is to grow from, and `validation-failed` without a source
 */
export async function buildCohort(services: Needs, input: BuildCohortInput): Promise<BuiltCohort> {
  const { registryId, clips = [], cohorts = [], width = 1, onProgress } = input;
  if (clips.length === 0 && cohorts.length === 0 && !input.registry && !input.bundled)
    throw new AppError(
      "validation-failed",
      "Say what the cohort is made of: clips, the registry's speakers, the bundled cohort, other cohorts, or several of these.",
    );
  const setup = await scoringSetup(services, registryId);
  const others = await Promise.all(cohorts.map((id) => recordNamed(services, registryId, id)));
  const { rows, unfit } = await cohortRows(services, setup, clips, { width, onProgress });
  if (!input.skipUnfit) refuseUnfitClips(unfit, clips.length);
  const { modelId, dimension } = services.embedder.model;
  if (input.bundled) rows.push(...bundledRows(await services.cohorts.bundled(modelId)));
  if (input.registry) rows.push(...(await speakerRows(services, registryId)));
  rows.push(...others.flatMap(recordRows));
  const createdAt = services.clock.now().toISOString();
  const head = { registryId, modelId, name: input.name, createdAt, dimension, topN: input.topN };
  const record = cohortRecord(head, distinct(rows));
  const created = await services.cohorts.put(record);
  await forgetGone(services, record);
  return {
    record: (await services.cohorts.get(registryId, record.cohortId)) ?? record,
    created,
    left: unfit,
  };
}

const recordRows = ({ cohort, voices }: CohortRecord): CohortRow[] =>
  voices.map((voice, i) => ({ vector: rowOf(cohort, i), voice }));

/** Each row and each speaker once: of a speaker's two rows the first, which is the one of now. */
function distinct(rows: readonly CohortRow[]): CohortRow[] {
  const seen = new Set<string>();
  return rows.filter(({ vector, voice }) => {
    const key = voice.owner ?? Buffer.from(encodeFloat32(vector)).toString("base64");
    return seen.size < seen.add(key).size;
  });
}

/** As it stands: normalizing again would move its last bits, and the cohort's scores with them. */
const rowOf = ({ rows, dimension }: Cohort, i: number): UnitVector =>
  rows.slice(i * dimension, (i + 1) * dimension) as UnitVector;

function bundledRows(cohort: Cohort): CohortRow[] {
  return Array.from({ length: cohort.size }, (_, i) => ({
    vector: rowOf(cohort, i),
    voice: { ...UNKNOWN_VOICE, source: "bundled" },
  }));
}

async function speakerRows(services: Needs, registryId: RegistryId): Promise<CohortRow[]> {
  const rows: CohortRow[] = [];
  const { modelId } = services.embedder.model;
  for await (const { uid, clips, optedOut, sum, modelId: made } of everySpeaker(services, registryId)) {
    if (optedOut || clips.length === 0 || made !== modelId) continue;
    const known = { clips: clips.length, speechSeconds: speechOf(clips), bandwidth: bandwidthOf(clips) };
    rows.push({
      vector: fromFixed(sum),
      voice: { ...UNKNOWN_VOICE, source: "registry", owner: uid, ...known },
    });
  }
  return rows;
}

/** Who was erased, reset or has opted out while the cohort was made was not in it yet to be forgotten. */
async function forgetGone(services: Needs, { registryId, voices }: CohortRecord): Promise<void> {
  const owners = new Set(voices.flatMap(({ owner }) => owner ?? []));
  if (owners.size === 0) return;
  for await (const speaker of everySpeaker(services, registryId))
    if (speaker.clips.length > 0 && !speaker.optedOut) owners.delete(speaker.uid);
  for (const uid of owners) await services.cohorts.forget(registryId, uid);
}
