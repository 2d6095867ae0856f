import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ADVICE, codeOf, diskFull, gaveUp, Interrupted, readable } from "./download-errors.ts";
import { refused } from "./library.ts";
import { type Mark, readMark, sizeOf, writeMark } from "./partial.ts";

export type DownloadOptions = {
  url: string;
  /**
   * The target file. A partial file of an earlier attempt is resumed; `<to>.json` next to it
   * identifies it.
   */
  to: string;
  /**
   * Whether the caller checks the digest. Then a download is resumed even if the server can't
   * confirm the version.
   */
  checked: boolean;
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /**
   * How many attempts in a row may make no progress, and how long a silent server is waited for.
   */
  patience?: { attempts: number; firstWaitMs: number; idleMs: number };
};

const PATIENCE = { attempts: 4, firstWaitMs: 500, idleMs: 60_000 };
/** The limit of protocol buffers, and so of ONNX files. */
const MAX_BYTES = 2 ** 31;

/**
 * Downloads a file by HTTP to `to`. Resumes an earlier attempt (RFC 9110, section 14: Range,
 * If-Range).
 *
 * Rejects with `validation-failed` if the URL doesn't give such a file, `dependency-unavailable` if
 * the network fails (the partial file is kept for the next call), and `storage-unavailable` if the
 * disk is full.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { attempts, firstWaitMs } = options.patience ?? PATIENCE;
  for (let failed = 0; ; ) {
    const before = await sizeOf(options.to);
    try {
      await attempt(options);
      return;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw readable(error, options);
      failed = (await sizeOf(options.to)) > before ? 1 : failed + 1;
      if (failed >= attempts) throw gaveUp(error, options);
      await wait(firstWaitMs * 2 ** (failed - 1));
    }
  }
}

async function attempt({
  url,
  to,
  checked,
  onProgress,
  patience = PATIENCE,
}: DownloadOptions): Promise<void> {
  const mark = await readMark(to, url);
  const existingBytes = mark && (mark.validator || checked) ? await sizeOf(to) : 0;
  if (existingBytes > 0 && existingBytes === mark?.total) return;
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), patience.idleMs);
  try {
    const response = await fetch(url, { headers: headersFor(existingBytes, mark), signal: idle.signal });
    const start = await startOf(response, existingBytes, { url, to });
    const total = totalOf(response, start);
    await refuseTooLarge(total, start, to);
    // Delete old bytes first, so that they are never recorded as part of the new version.
    if (start === 0) await rm(to, { force: true });
    await writeMark(to, { url, validator: validatorOf(response), total });
    const done = await receive(response, { to, start }, (bytes) => {
      timer.refresh();
      onProgress?.(bytes, total);
    });
    if (total !== undefined && done < total)
      throw new Interrupted(`the connection ended after ${done} of ${total} bytes`);
    if (total !== undefined && done > total)
      throw refused(`${url} returned more bytes than its Content-Length. Try another URL with --from.`);
    await writeMark(to, { url, validator: validatorOf(response), total: done });
  } catch (error) {
    if (idle.signal.aborted) throw new Interrupted(`no data arrived for ${patience.idleMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function headersFor(existingBytes: number, mark: Mark | undefined): Record<string, string> {
  // Disable compression: ranges and lengths must count the file's own bytes.
  const plain = { "Accept-Encoding": "identity" };
  if (existingBytes === 0) return plain;
  return {
    ...plain,
    Range: `bytes=${existingBytes}-`,
    ...(mark?.validator ? { "If-Range": mark.validator } : {}),
  };
}

/** Returns the offset of the response's first byte in the file. */
async function startOf(
  response: Response,
  existingBytes: number,
  { url, to }: { url: string; to: string },
): Promise<number> {
  if (url.startsWith("https:") && !response.url.startsWith("https:"))
    throw refused(`${url} redirects to ${response.url}, which isn't encrypted. Use another URL with --from.`);
  const { status } = response;
  // The server doesn't support ranges, or the file has changed: start over.
  if (status === 200) return 0;
  if (status === 206 && rangeStart(response) === existingBytes) return existingBytes;
  await response.body?.cancel();
  if (status === 206 || status === 416) {
    await rm(to, { force: true });
    throw new Interrupted("the file on the server has changed");
  }
  if (status === 429 || status >= 500) throw new Interrupted(`the server returned status ${status}`);
  throw refused(`${response.url} returned status ${status}. ${ADVICE[status] ?? "Check the URL."}`);
}

const rangeStart = (response: Response): number | undefined => {
  const found = /^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "");
  return found ? Number(found[1]) : undefined;
};

function totalOf(response: Response, start: number): number | undefined {
  const length = response.headers.get("Content-Length");
  return length === null ? undefined : start + Number(length);
}

/** Returns a strong validator only: a weak one doesn't guarantee the same bytes. */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get("ETag");
  return tag?.startsWith('"') ? tag : (headers.get("Last-Modified") ?? undefined);
}

async function refuseTooLarge(total: number | undefined, start: number, to: string): Promise<void> {
  if (total === undefined) return;
  if (total > MAX_BYTES)
    throw refused(`The file has ${total} bytes. An ONNX file has less than 2 GiB. Check the URL.`);
  const { bavail, bsize } = await statfs(dirname(to));
  if (bavail * bsize < total - start) throw diskFull(to, total - start);
}

async function receive(
  response: Response,
  { to, start }: { to: string; start: number },
  onBytes: (done: number) => void,
): Promise<number> {
  const file = await openAt(to, start);
  let done = start;
  try {
    for await (const chunk of bodyOf(response)) {
      if (done + chunk.length > MAX_BYTES)
        throw refused("The file has more than 2 GiB, so it can't be an ONNX file. Check the URL.");
      await file.write(chunk, 0, chunk.length, done);
      done += chunk.length;
      onBytes(done);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return done;
}

async function openAt(to: string, start: number): Promise<FileHandle> {
  const file = await open(to, start > 0 ? "r+" : "w", 0o600);
  if (start > 0) await file.truncate(start);
  return file;
}

/** Turns errors while receiving into `Interrupted`, to tell them apart from disk errors. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (cause) {
    throw new Interrupted(`the connection broke (${codeOf(cause)})`, { cause });
  }
}
