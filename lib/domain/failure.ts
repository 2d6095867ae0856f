import { AppError, type Slug } from "../error.ts";
import type { Failure } from "../ports/upload.ts";

/** What says nothing of the request itself: not the caller's doing, and the same one may succeed later. */
const PASSING: readonly Slug[] = [
  "deadline-exceeded",
  "dependency-unavailable",
  "internal-error",
  "model-unavailable",
  "storage-unavailable",
  "write-contention",
];

export const isPassing = ({ slug }: AppError): boolean => PASSING.includes(slug);

/** What will be refused at every repeat; undefined for what may pass, and for defects. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof AppError) || isPassing(error)) return undefined;
  return { slug: error.slug, detail: error.message };
}
