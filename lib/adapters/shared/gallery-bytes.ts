import { totalmem } from "node:os";

/** The part of the memory that galleries may take. The rest is for the networks and requests. */
const PART = 0.5;

/**
 * How many bytes the galleries of this process may take, from the limit of its container or
 * machine.
 */
export function galleryBytes(): number {
  const limit = process.constrainedMemory();
  return PART * (limit > 0 ? Math.min(limit, totalmem()) : totalmem());
}
