import type { components } from "./schema.gen.ts";

type Source = components["schemas"]["Audio"];
/** What a recording's bytes come as: from a file input, `fs.readFile` or `fs.openAsBlob`. */
export type RecordingBytes = Blob | ArrayBuffer | Uint8Array;
/** A recording, or one that the server already has: `{ upload }`, or `{ clip, speaker }`. */
export type Recording = RecordingBytes | Source;

/** Base64 of this many bytes fits into a request body. Larger recordings are uploaded. */
export const MAX_INLINE_BYTES = 3 * 1024 * 1024;
const CHUNK = 0x8000;

/** Returns recordings as the API takes them. Uploads them if they don't fit into one body. */
export async function sourcesOf(
  recordings: readonly Recording[],
  upload: (file: Blob) => Promise<{ id: string }>,
): Promise<Source[]> {
  const given = recordings.map((one) => (isBytes(one) ? blobOf(one) : one));
  const size = given.reduce((sum, one) => sum + (one instanceof Blob ? one.size : 0), 0);
  return Promise.all(
    given.map(async (one): Promise<Source> => {
      if (!(one instanceof Blob)) return one;
      if (size > MAX_INLINE_BYTES) return { upload: (await upload(one)).id };
      return { base64: base64Of(new Uint8Array(await one.arrayBuffer())) };
    }),
  );
}

const isBytes = (one: Recording): one is RecordingBytes =>
  one instanceof Blob || one instanceof ArrayBuffer || ArrayBuffer.isView(one);

export const blobOf = (bytes: RecordingBytes): Blob =>
  bytes instanceof Blob ? bytes : new Blob([bytes as Uint8Array<ArrayBuffer>]);

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** Lower-case hexadecimal digits. In a browser, the page needs HTTPS or localhost. */
export async function sha256Of(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
