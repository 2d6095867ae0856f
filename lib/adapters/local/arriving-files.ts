import { statfs } from "node:fs/promises";
import { AppError, overloaded } from "../../error.ts";

/** Files that may arrive at the same time. Each takes a connection and a few buffers. */
const MOST_ARRIVING = 64;
/** Bytes of the disk that uploads leave to the database and the recordings. */
const KEPT_FREE = 256 * 1024 * 1024;

/**
 * Bounds the files that arrive at the same time, in number and by the free space of the disk.
 *
 * `reserve` returns the function that ends a reservation. It rejects with `overloaded` or
 * `storage-unavailable`.
 */
export function arrivingFiles(folder: string, kept = KEPT_FREE) {
  let files = 0;
  let bytes = 0;
  return {
    async reserve(own: number): Promise<() => void> {
      if (files >= MOST_ARRIVING) throw overloaded();
      files += 1;
      bytes += own;
      const release = () => {
        files -= 1;
        bytes -= own;
      };
      try {
        const { bavail, bsize } = await statfs(folder);
        if (bavail * bsize - bytes < kept) throw diskFull();
      } catch (error) {
        release();
        throw error;
      }
      return release;
    },
  };
}

const diskFull = (): AppError =>
  new AppError(
    "storage-unavailable",
    "The server's disk has no room for this file. Try again later, or ask the operator to free space.",
    { retryAfterSeconds: 60 },
  );
