/** Converts settings, cohorts, calibrations and groups to their lines and back. */

import { historySettings, keptHistory } from "../domain/registry/settings.ts";
import type { CohortId, GroupId, ModelId, SpeakerId, SpeakerUid } from "../id.ts";
import type { Active, CalibrationRecord } from "../ports/calibration.ts";
import type { CohortRecord, CohortVoice } from "../ports/cohort.ts";
import type { Registry, RegistrySettings } from "../ports/registry.ts";
import type { Group } from "../ports/speaker.ts";
import { decodeFloat32, encodeFloat32 } from "../score/scoring/codec.ts";
import { fromBase64, toBase64 } from "./bytes.ts";
import { GroupLine } from "./format.ts";
import { RegistryLine } from "./registry-format.ts";
import { ActiveLine, CalibrationLine, CohortLine } from "./settings-format.ts";

export const registryLine = ({ name, suspended, settings }: Registry): RegistryLine => {
  const { far, requestsPerMinute, speakerHistorySince, ...others } = settings;
  const history = speakerHistorySince === undefined ? {} : { speakerHistory: true };
  const known = { ...others, ...history, far: far ?? null, requestsPerMinute: requestsPerMinute ?? null };
  return RegistryLine.parse({ kind: "registry", name, suspended, settings: known } satisfies RegistryLine);
};

/** existing: the settings that these replace. A history that it has goes on. */
export function settingsOf(
  { settings: { speakerHistory, ...settings } }: RegistryLine,
  existing: RegistrySettings | undefined,
  now: Date,
): RegistrySettings {
  const history = historySettings(speakerHistory, now);
  return {
    ...settings,
    ...history,
    ...keptHistory(existing, history),
    far: settings.far ?? undefined,
    requestsPerMinute: settings.requestsPerMinute ?? undefined,
  };
}

export const cohortLine = ({ cohort, voices, ...head }: CohortRecord): CohortLine =>
  CohortLine.parse({
    kind: "cohort",
    id: head.cohortId,
    model: head.modelId,
    name: head.name ?? null,
    sha256Made: head.sha256,
    dimension: cohort.dimension,
    topN: head.topN,
    erased: head.erased,
    createdAt: head.createdAt,
    voices: voices.map(({ source, owner, label, language, bandwidth, clips, speechSeconds }) => ({
      source,
      owner: owner ?? null,
      label: label ?? null,
      language: language ?? null,
      bandwidth: bandwidth ?? null,
      clips: clips ?? null,
      speechSeconds: speechSeconds ?? null,
    })),
    rows: toBase64(encodeFloat32(cohort.rows)),
  } satisfies CohortLine);

export function cohortOfLine(registryId: Registry["registryId"], line: CohortLine): CohortRecord {
  const { topN, dimension, erased, createdAt } = line;
  const cohortId = line.id as CohortId;
  const modelId = line.model as ModelId;
  const voices = line.voices.map(
    (voice): CohortVoice => ({
      source: voice.source,
      owner: (voice.owner ?? undefined) as SpeakerUid | undefined,
      label: voice.label ?? undefined,
      language: voice.language ?? undefined,
      bandwidth: voice.bandwidth ?? undefined,
      clips: voice.clips ?? undefined,
      speechSeconds: voice.speechSeconds ?? undefined,
    }),
  );
  const rows = decodeFloat32(fromBase64(line.rows) ?? Buffer.alloc(0));
  const size = voices.length;
  const owners = voices.map(({ owner }) => owner);
  return {
    ...{ registryId, cohortId, modelId, name: line.name ?? undefined, sha256: line.sha256Made },
    ...{ size, topN, erased, createdAt, voices },
    cohort: { id: cohortId, modelId, size, dimension, topN, erased, rows, owners },
  };
}

export const calibrationLine = ({ createdAt, calibration, report }: CalibrationRecord): CalibrationLine =>
  // JSON drops undefined fields, as the store does.
  CalibrationLine.parse(
    JSON.parse(JSON.stringify({ kind: "calibration", createdAt, calibration, report })) as unknown,
  );

export const calibrationOfLine = (
  registryId: Registry["registryId"],
  { createdAt, calibration, report }: CalibrationLine,
): CalibrationRecord => ({ registryId, calibration, report, createdAt }) as unknown as CalibrationRecord;

export const activeLine = (active: Active): ActiveLine =>
  ActiveLine.parse({
    kind: "active",
    model: active.modelId,
    cohort: active.activeCohort ?? null,
    previousCohort: active.previousCohort ?? null,
    calibration: active.activeCalibration ?? null,
    previousCalibration: active.previousCalibration ?? null,
    updatedAt: active.updatedAt,
  } satisfies ActiveLine);

export const activeOfLine = (
  registryId: Registry["registryId"],
  line: ActiveLine,
  version: number,
): Active => ({
  registryId,
  modelId: line.model as ModelId,
  activeCohort: (line.cohort ?? undefined) as Active["activeCohort"],
  previousCohort: (line.previousCohort ?? undefined) as Active["previousCohort"],
  activeCalibration: (line.calibration ?? undefined) as Active["activeCalibration"],
  previousCalibration: (line.previousCalibration ?? undefined) as Active["previousCalibration"],
  version,
  updatedAt: line.updatedAt,
});

export const groupLine = ({ groupId, name, members, createdAt, updatedAt }: Group): GroupLine =>
  GroupLine.parse({
    kind: "group",
    id: groupId,
    name: name ?? null,
    members: [...members],
    createdAt,
    updatedAt,
  } satisfies GroupLine);

export const groupOfLine = (
  registryId: Registry["registryId"],
  line: GroupLine,
  members: readonly SpeakerId[],
  version: number,
): Group => ({
  registryId,
  groupId: line.id as GroupId,
  name: line.name ?? undefined,
  members,
  version,
  createdAt: line.createdAt,
  updatedAt: line.updatedAt,
});
