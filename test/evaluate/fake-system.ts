import { type EmbeddedClip, readsFile } from "../../lib/evaluate/embedding-cache.ts";
import type { System } from "../../lib/evaluate/system.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { cohortOf } from "../score/arbitraries.ts";

type FakeSystem = System & { embedded: string[]; embedBytes(bytes: Uint8Array): Promise<EmbeddedClip> };

/**
 * A system for clips whose bytes are text. "x y" is the voice [x, y] with 3 s of speech, "x y
 * SECONDS telephone" sets both conditions, and "short" has too little speech. `embedded` lists the
 * calls.
 */
export function fakeSystem(): FakeSystem {
  const embedded: string[] = [];
  const rows = [
    [1, 1],
    [-1, 1],
    [0, 1],
    [1, 0],
  ].map(normalize);
  const embedBytes = async (bytes: Uint8Array): Promise<EmbeddedClip> => {
    const text = Buffer.from(bytes).toString();
    embedded.push(text);
    const [x, y, seconds = "3", band] = text.split(" ");
    const short = x === "short";
    return {
      embedding: short ? undefined : normalize([Number(x), Number(y)]),
      quality: {
        totalSeconds: 4,
        speechSeconds: short ? 0.12 : Number(seconds),
        levelDb: -26,
        snrDb: 30,
        clippedFraction: 0,
        bandwidth: band === "telephone" ? "telephone" : "wide",
      },
    };
  };
  return {
    name: "fake",
    embedded,
    cohort: cohortOf(rows, 2),
    calibration: undefined,
    embedBytes,
    embedFile: readsFile(({ bytes }) => embedBytes(bytes)),
  };
}
