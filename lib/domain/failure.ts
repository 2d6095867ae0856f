import { AppError, type Slug } from "../error.ts";
import type { Failure } from "../ports.ts";

/** What says nothing of the request itself: the same one may succeed later. */
const PASSING: readonly Slug[] = [
  "deadline-exceeded",
  "dependency-unavailable",
  "internal-error",
  "model-unavailable",
  "storage-unavailable",
  "write-contention",
];

/** What will be refused at every repeat; undefined for what may pass, and for defects. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof AppError) || PASSING.includes(error.slug)) return undefined;
  return { slug: error.slug, detail: error.message };
}
