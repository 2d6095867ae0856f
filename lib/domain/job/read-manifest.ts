import type { Job } from "../../ports/job.ts";
import type { ApiKey } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { slices } from "../../slices.ts";
import { failureOf } from "../failure.ts";
import { redactor } from "../speaker/redact.ts";
import { requireSize } from "../upload/uri-file.ts";
import { partWriter, removeLines, requireLines } from "./batch-lines.ts";
import { type ManifestLine, scopesOf } from "./lines.ts";
import type { JobNeeds, Save } from "./needs.ts";
import { withoutErased } from "./redact-lines.ts";
import { type RawLine, splitLines } from "./split-lines.ts";

const CHUNK = 1024 * 1024;

/**
 * Reads the next part of a manifest at a URI and stores its lines with the job. A part is a few
 * MiB, and the job keeps the place where it ends: after a restart, reading continues there. Ends
 * the job with a problem if the file can't be read any further.
 *
 * key  the job's, of which the scopes limit what a line may do. Undefined: no limit
 */
export async function readManifestPart(
  services: JobNeeds,
  job: Job,
  { save, key }: { save: Save; key: ApiKey | undefined },
): Promise<void> {
  try {
    await save(await nextPart(services, job, key));
  } catch (error) {
    const problem = failureOf(error);
    if (!problem) throw error;
    await removeLines(services, job);
    await save({ state: "done", problem, manifest: undefined });
  }
}

async function nextPart(services: JobNeeds, job: Job, key: ApiKey | undefined): Promise<Partial<Job>> {
  const { parseLine } = services;
  if (!job.manifest || !parseLine) throw new RangeError(`${job.jobId} has no manifest to read`);
  const redact = await redactErased(services, job);
  const writer = partWriter(services, job, job.parts);
  const place = { ...job.manifest };
  const lineOf = ({ line: bytes }: RawLine): ManifestLine => {
    const line = permitted(parseLine(bytes), key);
    return redact ? withoutErased(line, job, redact) : line;
  };
  const slice = slices();
  let isLast = true;
  for await (const raw of splitLines(chunksFrom(services, place))) {
    await writer.add(lineOf(raw));
    place.at = job.manifest.at + raw.end;
    if (writer.isWhole()) {
      isLast = false;
      break;
    }
    if (slice.isOver()) await slice.next();
  }
  const parts = await writer.end();
  if (!isLast) return { parts, manifest: place };
  requireLines(writer.total());
  return { parts, manifest: undefined, total: writer.total() };
}

/** Reads from `place.at` to the end, and notes the version at the first read. */
async function* chunksFrom(
  { uriFiles }: Pick<Services, "uriFiles">,
  place: NonNullable<Job["manifest"]>,
): AsyncGenerator<Uint8Array> {
  const { uri, at: start } = place;
  for (let at = start; ; ) {
    const { bytes, size, version } = await uriFiles.read(uri, {
      ...{ from: at, to: at + CHUNK },
      version: place.version,
    });
    requireSize(size);
    place.version = version;
    at += bytes.length;
    yield bytes;
    if (at >= size) return;
  }
}

/** A line may do no more than a request of the key. */
function permitted(line: ManifestLine, key: ApiKey | undefined): ManifestLine {
  const missing = scopesOf(line).find((scope) => key && !key.scopes.includes(scope));
  if (missing === undefined) return line;
  return {
    problem: { slug: "insufficient-scope", detail: `This line needs an API key with the scope ${missing}.` },
  };
}

/**
 * Speakers that were erased since the job was started aren't enrolled by it. Undefined: there are
 * none.
 */
async function redactErased(services: JobNeeds, { registryId }: Job) {
  const found = await services.erasures.list(registryId);
  return found.length === 0 ? undefined : redactor(services, registryId, found, services.clock.now());
}
