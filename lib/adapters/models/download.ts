import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ADVICE, codeOf, diskFull, gaveUp, Interrupted, readable } from "./download-errors.ts";
import { refused } from "./library.ts";
import { type Mark, readMark, sizeOf, writeMark } from "./partial.ts";

export type DownloadOptions = {
  url: string;
  /** Where the bytes go. What an earlier attempt left there is gone on from; beside it `<to>.json` says what it is of. */
  to: string;
  /** Someone checks the digest afterwards: then a rest is fetched even if the server cannot say that the file is the same. */
  checked: boolean;
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Attempts in a row that bring nothing before it gives up, and how long a silent server is waited for. */
  patience?: { attempts: number; firstWaitMs: number; idleMs: number };
};

const PATIENCE = { attempts: 4, firstWaitMs: 500, idleMs: 60_000 };
/** Protocol buffers end at 2 GiB, and so do ONNX files. */
const MOST_BYTES = 2 ** 31;

/**
 * Fetches a file by HTTP, going on where an earlier attempt stopped (RFC 9110, section 14: Range, If-Range).
 * Resolves when all of it is in `to`.
 *
 * Rejects with `validation-failed` for an address that gives no such file, `dependency-unavailable` for a network that does
 * not work (what has come stays, for the next call), `storage-unavailable` for a full disk.
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
  const have = mark && (mark.validator || checked) ? await sizeOf(to) : 0;
  if (have > 0 && have === mark?.total) return;
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), patience.idleMs);
  try {
    const response = await fetch(url, { headers: headersFor(have, mark), signal: idle.signal });
    const start = await startOf(response, have, { url, to });
    const total = totalOf(response, start);
    await refuseTooLarge(total, start, to);
    // Old bytes must never stand under a new mark.
    if (start === 0) await rm(to, { force: true });
    await writeMark(to, { url, validator: validatorOf(response), total });
    const done = await receive(response, { to, start }, (bytes) => {
      timer.refresh();
      onProgress?.(bytes, total);
    });
    if (total !== undefined && done < total) throw new Interrupted(`it ended at ${done} of ${total} bytes`);
    if (total !== undefined && done > total) throw refused(`${url} gave more bytes than it announced.`);
    await writeMark(to, { url, validator: validatorOf(response), total: done });
  } catch (error) {
    if (idle.signal.aborted) throw new Interrupted(`nothing came for ${patience.idleMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function headersFor(have: number, mark: Mark | undefined): Record<string, string> {
  // Not compressed: ranges and lengths count the file's own bytes.
  const plain = { "Accept-Encoding": "identity" };
  if (have === 0) return plain;
  return {
    ...plain,
    Range: `bytes=${have}-`,
    ...(mark?.validator ? { "If-Range": mark.validator } : {}),
  };
}

/** Where the response's first byte belongs. */
async function startOf(
  response: Response,
  have: number,
  { url, to }: { url: string; to: string },
): Promise<number> {
  if (url.startsWith("https:") && !response.url.startsWith("https:"))
    throw refused(`${url} leads to ${response.url}, which is not encrypted; not followed.`);
  const { status } = response;
  // A server without ranges, or a file that has changed: from the beginning.
  if (status === 200) return 0;
  if (status === 206 && rangeStart(response) === have) return have;
  await response.body?.cancel();
  if (status === 206 || status === 416) {
    await rm(to, { force: true });
    throw new Interrupted("the server has another file than before");
  }
  if (status === 429 || status >= 500) throw new Interrupted(`the server answered ${status}`);
  throw refused(`${response.url} answered ${status}. ${ADVICE[status] ?? "Is the address right?"}`);
}

const rangeStart = (response: Response): number | undefined => {
  const found = /^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "");
  return found ? Number(found[1]) : undefined;
};

function totalOf(response: Response, start: number): number | undefined {
  const length = response.headers.get("Content-Length");
  return length === null ? undefined : start + Number(length);
}

/** Strong ones only: a weak mark does not promise the same bytes. */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get("ETag");
  return tag?.startsWith('"') ? tag : (headers.get("Last-Modified") ?? undefined);
}

async function refuseTooLarge(total: number | undefined, start: number, to: string): Promise<void> {
  if (total === undefined) return;
  if (total > MOST_BYTES) throw refused(`The file has ${total} bytes; an ONNX file has less than 2 GiB.`);
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
      if (done + chunk.length > MOST_BYTES) throw refused("The file has more than 2 GiB; no ONNX file has.");
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

/** What breaks while bytes come is the network's, not the disk's. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (cause) {
    throw new Interrupted(`the connection broke (${codeOf(cause)})`, { cause });
  }
}
