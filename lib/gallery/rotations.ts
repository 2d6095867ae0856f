import type { Speaker } from "../ports/speaker.ts";
import { fromFixed } from "../score/scoring/fixed-point.ts";
import type { Rotation } from "../score/scoring/rotation.ts";
import { normalize, type UnitVector } from "../score/scoring/vector.ts";

/** A stored sum, and the generation of the template key under which it is rotated. */
export type StoredSum = Pick<Speaker, "sum" | "templateGeneration">;

/**
 * The rotations of one gallery (docs/templates.md). All its rows are under one generation, so that
 * a search rotates only its probe. A record under another is turned into this one.
 */
export type Rotations = {
  generation: number;
  /** Of the generations that were met so far. Generation 0 needs none. */
  known: Map<number, Rotation>;
};

export const noRotations = (): Rotations => ({ generation: 0, known: new Map() });

/** A probe has no scale of its own. At this one, rounding a rotation is far below float32. */
const PROBE_SCALE = 2 ** 40;

/** The generations of these records, and the gallery's own, whose rotation isn't known. */
export function unknownGenerations(
  { generation, known }: Rotations,
  records: Iterable<Pick<StoredSum, "templateGeneration">>,
): number[] {
  const met = new Set([generation]);
  for (const { templateGeneration = 0 } of records) met.add(templateGeneration);
  return [...met].filter((one) => one !== 0 && !known.has(one));
}

/** The voiceprint of a stored sum, without its rotation. */
export function plainVoice(rotations: Rotations, { sum, templateGeneration = 0 }: StoredSum): UnitVector {
  return fromFixed(rotationOf(rotations, templateGeneration)?.undo(sum) ?? sum);
}

/** The voiceprint of a stored sum under the gallery's own rotation. */
export function rotatedVoice(rotations: Rotations, { sum, templateGeneration = 0 }: StoredSum): UnitVector {
  const { generation } = rotations;
  if (templateGeneration === generation) return fromFixed(sum);
  const plain = rotationOf(rotations, templateGeneration)?.undo(sum) ?? sum;
  return fromFixed(rotationOf(rotations, generation)?.apply(plain) ?? plain);
}

/** A probe under the gallery's own rotation. */
export const rotatedProbe = (rotations: Rotations, probe: UnitVector): UnitVector =>
  rotatedUnit(rotationOf(rotations, rotations.generation), probe);

export const rotatedUnit = (rotation: Rotation | undefined, voice: UnitVector): UnitVector =>
  rotation ? normalize(rotation.apply(Float64Array.from(voice, (x) => Math.round(x * PROBE_SCALE)))) : voice;

function rotationOf({ known }: Rotations, generation: number): Rotation | undefined {
  if (generation === 0) return undefined;
  const rotation = known.get(generation);
  if (!rotation) throw new RangeError(`the rotation of generation ${generation} was not loaded`);
  return rotation;
}
