import { AppError, type Slug } from "../error.ts";
import type { Failure } from "../ports/upload.ts";

/** Failures that are not caused by the request: the same request may succeed later. */
const TEMPORARY: readonly Slug[] = [
  "deadline-exceeded",
  "dependency-unavailable",
  "internal-error",
  "model-unavailable",
  "overloaded",
  "quota-exceeded",
  "storage-unavailable",
  "write-contention",
];

export const isTemporary = ({ slug }: AppError): boolean => TEMPORARY.includes(slug);

/** The failure if every retry would fail too; undefined for temporary failures and for defects. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof AppError) || isTemporary(error)) return undefined;
  return { slug: error.slug, detail: error.message };
}
