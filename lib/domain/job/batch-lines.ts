import { AppError } from "../../error.ts";
import type { JobId, RegistryId } from "../../id.ts";
import type { Job } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import { decodeManifest, type ManifestLine } from "./lines.ts";

/** The lines of a batch, or the URI of a manifest that the job reads. */
export type Batch = { lines: AsyncIterable<ManifestLine> | Iterable<ManifestLine> } | { uri: string };
type JobKey = { registryId: RegistryId; jobId: JobId };

/**
 * The lines of a batch are stored in parts of about so many characters, so that a worker has one of
 * them in memory and a restart reads no other.
 */
const PART_LENGTH = 4 * 1024 * 1024;
const MOST_LINES = 100_000;

/**
 * Stores the lines of a new job; those of a manifest at a URI are left to its worker. Returns what
 * the job says about them.
 */
export async function storeBatch(
  services: Pick<Services, "jobs" | "uriFiles">,
  key: JobKey,
  batch: Batch,
): Promise<Pick<Job, "manifest" | "parts" | "total">> {
  if ("uri" in batch) {
    services.uriFiles.check(batch.uri);
    return { manifest: { uri: batch.uri, at: 0 } };
  }
  const writer = partWriter(services, key);
  try {
    for await (const line of batch.lines) await writer.add(line);
    const parts = await writer.end();
    requireLines(writer.total());
    return { parts, total: writer.total() };
  } catch (error) {
    await services.jobs.removeManifest(key.registryId, key.jobId, writer.stored() + 1);
    throw error;
  }
}

/**
 * Stores lines as parts of a job's manifest. `add` throws `validation-failed` for more lines than a
 * batch takes.
 *
 * parts  how many lines each part has that is already stored
 */
export function partWriter(
  { jobs }: Pick<Services, "jobs">,
  { registryId, jobId }: JobKey,
  parts: readonly number[] = [],
) {
  const stored = [...parts];
  let total = sum(parts);
  let pending: string[] = [];
  let length = 0;
  const flush = async () => {
    if (pending.length === 0) return;
    const bytes = new TextEncoder().encode(pending.join("\n"));
    await jobs.putManifest(registryId, jobId, bytes, stored.length);
    stored.push(pending.length);
    pending = [];
    length = 0;
  };
  return {
    async add(line: ManifestLine): Promise<void> {
      total += 1;
      requireLines(total);
      const text = JSON.stringify(line);
      pending.push(text);
      length += text.length;
      if (length >= PART_LENGTH) await flush();
    },
    /** Whether the last line ended a part. */
    isWhole: (): boolean => pending.length === 0,
    /** Stores what is left. Returns the numbers of lines of all parts. */
    async end(): Promise<readonly number[]> {
      await flush();
      return stored;
    },
    total: (): number => total,
    /** How many parts are stored. */
    stored: (): number => stored.length,
  };
}

/** Throws `validation-failed` for a batch without lines or with too many. */
export function requireLines(total: number): void {
  if (total < 1) throw new AppError("validation-failed", "This manifest has no lines.");
  if (total > MOST_LINES)
    throw new AppError(
      "validation-failed",
      `A manifest can have at most ${MOST_LINES} lines. Split this one into several jobs.`,
    );
}

/** How many lines each part of a job's manifest has. */
export const partsOf = ({ parts, total = 0 }: Job): readonly number[] => parts ?? [total];

/** Removes the lines of a batch, with a part that a killed worker has stored but not counted. */
export const removeLines = ({ jobs }: Pick<Services, "jobs">, job: Job): Promise<void> =>
  jobs.removeManifest(job.registryId, job.jobId, partsOf(job).length + (job.manifest ? 1 : 0));

/** Returns what reads the line after `job.done`, of which one part is kept in memory. */
export function lineReader({ jobs }: Pick<Services, "jobs">) {
  let held: { part: number; lines: readonly ManifestLine[] } | undefined;
  return async (job: Job): Promise<ManifestLine | undefined> => {
    let before = 0;
    for (const [part, count] of partsOf(job).entries()) {
      if (job.done < before + count) {
        if (held?.part !== part) held = { part, lines: await readPart(jobs, job, part) };
        return held.lines[job.done - before];
      }
      before += count;
    }
    return undefined;
  };
}

async function readPart(
  jobs: Services["jobs"],
  { registryId, jobId }: JobKey,
  part: number,
): Promise<ManifestLine[]> {
  const bytes = await jobs.manifest(registryId, jobId, part);
  if (!bytes) throw new RangeError(`part ${part} of the manifest of ${jobId} is missing`);
  return decodeManifest<ManifestLine>(bytes);
}

export const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
