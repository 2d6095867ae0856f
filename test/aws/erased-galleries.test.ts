import { expect, inject, onTestFinished, test } from "vitest";
import { erase, onAws, tracesOf } from "../support/erasure-places.ts";

const standIns = inject("standIns");
const ERASED = 7;

test.skipIf(!standIns).each([
  // More than a registry without a snapshot has.
  ["snapshots", 205],
  ["dynamodb", 20],
  ["s3vectors", 20],
] as const)(
  "%s: the builder's next run after an erasure leaves no byte of the person, in any version",
  async (kind, voices) => {
    if (!standIns) throw new RangeError("no servers");
    const place = await onAws(kind, standIns, voices);
    onTestFinished(place.close);
    const kept = async (n: number) => {
      const contents = (await place.contents()).map((bytes) => Buffer.from(bytes));
      return tracesOf(n).filter((trace) => contents.some((bytes) => bytes.includes(trace))).length;
    };
    await place.build();
    // The ID, and the voice as codes or numbers.
    expect([await kept(ERASED), await kept(ERASED + 1)]).toEqual([2, 2]);
    await erase(place, ERASED);
    await place.build();
    expect([await kept(ERASED), await kept(ERASED + 1)]).toEqual([0, 2]);
  },
);
