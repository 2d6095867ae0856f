import { join } from "node:path";
import * as z from "zod";
import { BANDWIDTHS } from "../../audio/types.ts";
import { MeasuredRate } from "../../schema/measures.ts";
import type { SpeakersCheck } from "../../score/scoring/multiple-speakers.ts";
import { type ModelManifest, readChecked } from "./manifest.ts";

const Point = z.strictObject({
  bandwidth: z.enum(BANDWIDTHS),
  seconds: z.number().positive(),
  limit: z.number(),
  measured: z.strictObject({ falseAlarms: MeasuredRate, misses: MeasuredRate }),
});

const spaceOf = (dimension: number) =>
  z
    .strictObject({
      mean: z.array(z.number()).length(dimension),
      directions: z.array(z.array(z.number()).length(dimension)).min(1),
      between: z.array(z.number().positive()),
    })
    .refine(
      ({ directions, between }) => directions.length === between.length,
      "`between` needs one number for each of `directions`",
    );

const fileOf = (dimension: number) =>
  z.strictObject({
    falseAlarms: z.number().gt(0).lt(1),
    source: z.string(),
    spaces: z.strictObject({ wide: spaceOf(dimension), telephone: spaceOf(dimension) }),
    points: z.array(Point),
  });

/** Reads the check for several speakers that belongs to a model; undefined if it has none. */
export async function readSpeakersCheck(
  folder: string,
  { dimension, speakersCheck }: Pick<ModelManifest, "dimension" | "speakersCheck">,
): Promise<SpeakersCheck | undefined> {
  if (!speakersCheck) return undefined;
  const bytes = await readChecked(join(folder, speakersCheck.file), speakersCheck.sha256);
  return fileOf(dimension).parse(JSON.parse(bytes.toString("utf8")));
}
