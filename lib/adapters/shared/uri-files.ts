import { AppError } from "../../error.ts";
import type { UriFiles } from "../../ports/uri-file.ts";

/** The files under one prefix. */
export type Place = Omit<UriFiles, "check"> & {
  /** Whether the URI starts with the prefix, after everything that could lead out of it. */
  holds(uri: string): boolean;
};

/** The files under these prefixes. Without any, every URI is refused. */
export function uriFiles(places: readonly Place[]): UriFiles {
  const placeOf = (uri: string): Place => {
    const place = places.find((one) => one.holds(uri));
    if (place) return place;
    throw new AppError("file-not-allowed", places.length === 0 ? NO_PREFIX : OTHER_PREFIX);
  };
  return {
    check: (uri) => void placeOf(uri),
    read: async (uri, range) => placeOf(uri).read(uri, range),
    copy: async (uri, version) => placeOf(uri).copy(uri, version),
  };
}

const NO_PREFIX =
  "This service reads no files by URI. The operator allows them with VOICEROLL_FILE_PREFIXES.";
const OTHER_PREFIX =
  "This service may not read files at this URI. The operator allows others with VOICEROLL_FILE_PREFIXES.";

export const notFound = (cause?: unknown): AppError =>
  new AppError(
    "file-not-found",
    "There is no file at this URI, or this service may not read it. Check the URI and the permissions.",
    { cause },
  );

export const changed = (): AppError =>
  new AppError("file-changed", "The file at this URI was replaced while it was being read.");
