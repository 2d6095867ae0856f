import { createHash } from "node:crypto";

/*
 * A line of an export: one JSON object whose last member is the sha256 of the object without it.
 *   {"kind":"end","speakers":2,...}  ->  {"kind":"end","speakers":2,...,"sha256":"<64 hexadecimal digits>"}
 */
const SEALED = /^(\{.+),"sha256":"([0-9a-f]{64})"\}$/s;

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

export function sealLine(value: object): { line: string; sha256: string } {
  const text = JSON.stringify(value);
  const digest = sha256(text);
  return { line: `${text.slice(0, -1)},"sha256":"${digest}"}`, sha256: digest };
}

/** Undefined where the seal is missing, does not fit, or what it seals is no JSON object. */
export function openLine(line: string): { value: object; sha256: string } | undefined {
  const match = SEALED.exec(line);
  if (!match) return undefined;
  const text = `${match[1]}}`;
  if (sha256(text) !== match[2]) return undefined;
  try {
    return { value: JSON.parse(text) as object, sha256: match[2] };
  } catch {
    return undefined;
  }
}

/** The file's seal: of all its lines' seals in their order, one to a line. */
export function totalOf(): { add(seal: string): void; digest(): string } {
  const hash = createHash("sha256");
  return {
    add: (seal) => hash.update(`${seal}\n`),
    digest: () => hash.copy().digest("hex"),
  };
}
