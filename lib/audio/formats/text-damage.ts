import { undecodable } from "../limits.ts";

const ENOUGH = 16;

/**
 * Throws `audio-undecodable` if a program read the file as text and wrote it again as UTF-8. Bytes
 * above 127 are then two characters each, or lost as U+FFFD.
 *
 * Audio is never valid UTF-8 with more than a few characters outside ASCII: half of all compressed
 * bytes, and every small negative sample of PCM, break its rules.
 *
 * head  the first 8 kB, long enough for compressed audio to contain dozens of bytes that no UTF-8
 * text has
 */
export function checkIntact(head: Uint8Array): void {
  const text = asUtf8(head);
  if (text === undefined) return;
  const foreign = text.match(/[^\x00-\x7f]/gu)?.length ?? 0;
  if (foreign < ENOUGH || !/[\x00-\x08\x0e-\x1f]/.test(text)) return;
  const lost = text.match(/\ufffd/g)?.length ?? 0;
  const found = lost > 0 ? `${lost} replacement characters` : `${foreign} characters outside ASCII`;
  throw undecodable(
    `The file went through a text encoding, which ${lost > 0 ? "destroyed" : "changed"} its bytes: ` +
      `it is UTF-8 text, with ${found} near its start. ` +
      "Read and send the file as bytes, not as a string.",
  );
}

function asUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
