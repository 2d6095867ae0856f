import { audioExtensions } from "./formats.ts";

/** Of audio that this service does not decode. */
const OTHER_EXTENSIONS = [".aif", ".aiff", ".au", ".gsm", ".pcm", ".wma"];

/**
 * Returns a phrase such as "base64 text" or "a URL" for callers who send a path, a URL or base64
 * instead of audio. Returns undefined if the bytes aren't text.
 *
 * bytes  the first few hundred bytes of the body; a multi-byte character may be cut at the end
 */
export function textKind(bytes: Uint8Array): string | undefined {
  const text = asText(bytes)?.trim();
  if (!text) return undefined;
  if (/^data:[\w.+-]+\/[\w.+-]+[;,]/i.test(text)) return "a data: URL";
  if (/^(https?|s3|gs|ftp|file):\/\//i.test(text)) return "a URL";
  if (/^<(!doctype\s+html|html|head|body)/i.test(text)) return "HTML";
  if (text.startsWith("<")) return "XML or HTML";
  if (/^[{[]/.test(text)) return "JSON";
  if (isPath(text)) return "a file path";
  if (/^[0-9a-f\s]{16,}$/i.test(text)) return "hexadecimal text";
  if (/^["']?[A-Za-z0-9+/_-][A-Za-z0-9+/_\s-]{6,}={0,2}["']?$/.test(text) && !/\s\w{1,12}\s/.test(text)) {
    return "base64 text";
  }
  return "text";
}

/**
 * Base64 may begin with "//" or "/9", so a leading slash needs a name after it and a short text.
 */
function isPath(text: string): boolean {
  if (text.length > 260 || /[\r\n]/.test(text)) return false;
  if (/^(~|\.{1,2})[/\\]|^[A-Za-z]:[\\/]|^\\\\/.test(text)) return true;
  const name = text.toLowerCase();
  if ([...audioExtensions, ...OTHER_EXTENSIONS].some((extension) => name.endsWith(extension))) return true;
  return /^\/[A-Za-z][\w.-]*(\/[\w.-]*)+$/.test(text);
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return /[\x00-\x08\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
