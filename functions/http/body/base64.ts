/** `data:audio/webm;codecs=opus;base64,`, as FileReader writes it. */
const DATA_URL = /^data:([^,;]*)((?:;[^,;]*)*);base64,/i;

/**
 * Decodes base64 as programs write it: the standard or the URL alphabet, with or without line
 * breaks (MIME, Android, `base64 file`) and padding, alone or as a data: URL, whose media type is
 * returned without parameters. RFC 4648 and RFC 2397.
 *
 * Returns undefined for any other character, mixed alphabets, or bits that belong to no byte.
 */
export function decodeBase64(
  text: string,
): { bytes: Uint8Array<ArrayBuffer>; mediaType: string | undefined } | undefined {
  const [prefix = "", type] = DATA_URL.exec(text.slice(0, 200)) ?? [];
  const padded = withoutBreaks(text.slice(prefix.length));
  const digits = padded.replace(/={1,2}$/, "");
  if (padded !== digits && padded.length % 4 !== 0) return undefined;
  const standard = withStandardAlphabet(digits);
  if (standard === undefined) return undefined;
  const bytes = new Uint8Array(Buffer.from(standard, "base64"));
  // Node skips characters that are not base64. Only canonical text encodes back to itself.
  if (
    Buffer.from(bytes.buffer)
      .toString("base64")
      .replace(/={1,2}$/, "") !== standard
  )
    return undefined;
  return { bytes, mediaType: type || undefined };
}

/** Splitting takes long for megabytes, so it happens only if there are line breaks. */
const withoutBreaks = (text: string): string => (/\s/.test(text) ? text.split(/[ \t\r\n]+/).join("") : text);

function withStandardAlphabet(digits: string): string | undefined {
  const isUrl = digits.includes("-") || digits.includes("_");
  if (!isUrl) return digits;
  if (digits.includes("+") || digits.includes("/")) return undefined;
  return digits.replaceAll("-", "+").replaceAll("_", "/");
}
