import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { guarded } from "./failures.ts";

const FOR_OTHERS = 0o077;
const DATABASE_FILES = ["", "-wal", "-shm", "-journal"].map((end) => `voiceroll.db${end}`);
const SECRET_FILES = [...DATABASE_FILES, "secret.key", "former-secrets.key", "api-key"];
/** What the service itself keeps in the folder. */
const OWN_ENTRIES = new Set([
  ...SECRET_FILES,
  ...["audio", "compile-cache", "galleries", "jobs", "uploads", "models"],
]);

/**
 * Creates the folder of a store. Makes it and its files readable by their owner only, also if an
 * earlier umask left them readable by others.
 *
 * warn  called with one sentence if the folder belongs to another user or holds other files: its
 *       permissions are then left alone
 */
export function makePrivate(folder: string, warn: (message: string) => void): void {
  guarded(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const own = isOwn(statSync(folder)) && readdirSync(folder).every((name) => OWN_ENTRIES.has(name));
    if (isOpen(statSync(folder))) {
      if (own) chmodSync(folder, 0o700);
      else
        warn(
          `Other users can open ${folder}. Its files are private, but give the service a folder of mode 0700.`,
        );
    }
    // SQLite gives its write-ahead log the permissions of the database.
    closeSync(openSync(join(folder, "voiceroll.db"), "a", 0o600));
    for (const name of SECRET_FILES) {
      const path = join(folder, name);
      const file = statSync(path, { throwIfNoEntry: false });
      if (file && isOwn(file) && isOpen(file)) chmodSync(path, 0o600);
    }
  });
}

const isOpen = ({ mode }: Stats): boolean => (mode & FOR_OTHERS) !== 0;
const isOwn = ({ uid }: Stats): boolean => uid === process.getuid?.();
