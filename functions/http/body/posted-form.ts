import { once } from "node:events";
import type { Readable } from "node:stream";
import Busboy from "@fastify/busboy";
import { AppError } from "../../../lib/error.ts";
import { boundaryOf } from "../guard/multipart-pieces.ts";

/** A form that this service makes has two fields of a hundred bytes. */
const LIMITS = { fields: 32, parts: 64, fieldSize: 4096, headerSize: 4096 };

/** Takes the file of a form while it arrives. `fields`: those before the file */
type Take = (fields: Readonly<Record<string, string>>, file: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Passes the part `file` of a multipart/form-data body (RFC 7578) on to `take` while the body
 * arrives. Like S3, it ignores the parts after the file. `file` ends when the whole body is in, and
 * throws if the body is cut.
 *
 * Resolves when `take` has resolved. Rejects with its error, that of `body`, or
 * `malformed-multipart`.
 */
export async function takeFile(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  take: Take,
): Promise<void> {
  if (boundaryOf(contentType) === undefined)
    throw malformed("The multipart body can't be parsed: Content-Type has no boundary.");
  const fields: Record<string, string> = {};
  const parsed = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<never>();
  let part: Readable | undefined;
  let taken: Promise<void> | undefined;
  const parser = new Busboy.Busboy({
    headers: { "content-type": contentType },
    isPartAFile: (name) => name === "file",
    limits: LIMITS,
  });
  parser.on("field", (name, value) => {
    if (!taken) fields[name] = value;
  });
  parser.on("file", (_name, file) => {
    file.on("error", () => undefined);
    if (taken) return void file.resume();
    part = file;
    taken = take({ ...fields }, untilParsed(file, parsed.promise));
    taken.catch(stopped.reject);
  });
  parser.on("finish", () => parsed.resolve());
  parser.on("error", (cause) => parsed.reject(cut(cause)));
  for (const promise of [parsed.promise, stopped.promise]) promise.catch(() => undefined);
  try {
    await Promise.race([feed(body, parser), parsed.promise, stopped.promise]);
    await Promise.race([parsed.promise, stopped.promise]);
    if (!taken) throw malformed("The multipart body has no part `file`. Send the file in it.");
  } catch (error) {
    part?.destroy(error instanceof Error ? error : undefined);
    parsed.reject(error);
    await Promise.allSettled([taken]);
    throw error;
  }
  await taken;
}

async function* untilParsed(file: Readable, parsed: Promise<void>): AsyncGenerator<Uint8Array> {
  yield* file;
  await parsed;
}

async function feed(body: AsyncIterable<Uint8Array>, parser: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of body) if (!parser.write(chunk)) await once(parser, "drain");
  parser.end();
}

const cut = (cause: unknown): AppError =>
  malformed("The multipart body ends before its closing delimiter. Send the whole body.", cause);

const malformed = (detail: string, cause?: unknown): AppError =>
  new AppError("malformed-multipart", detail, { cause });
