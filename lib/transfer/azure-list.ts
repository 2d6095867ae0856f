import { AppError } from "../error.ts";
import { parseSpeakerId, type SpeakerId } from "../id.ts";

/** A recording of a profile. path: as the list has it. line: from 1 */
export type ProfileRecording = {
  line: number;
  profileId: SpeakerId;
  locale: string | undefined;
  path: string;
};

/** The metadata of a speaker that is one of Azure's profiles. */
export const PROFILE = { mode: "azure-profile", locale: "azure-locale" } as const;
/** A language tag, such as en-us. */
export const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/**
 * Reads a list of profiles and recordings: lines `profileId,locale,path`, separated by commas or
 * tabs. The locale may be empty. The path is the rest of the line, in quotes or not. A first line
 * that starts with `profileId`, empty lines, and lines that start with # are skipped. Throws
 * `validation-failed` with the number of the first wrong line.
 */
export function profileList(text: string): ProfileRecording[] {
  const recordings = text.split(/\r?\n/).flatMap((content, i) => {
    if (content.trim() === "" || content.startsWith("#")) return [];
    if (i === 0 && /^\uFEFF?"?profileId\b/i.test(content)) return [];
    return recordingOf(content, i + 1);
  });
  if (recordings.length === 0) throw new AppError("validation-failed", "The list has no recordings.");
  return recordings;
}

function recordingOf(content: string, line: number): ProfileRecording {
  const [, id, locale = "", rest] = /^([^,\t]+)[,\t]([^,\t]*)[,\t](.+)$/.exec(content) ?? [];
  if (id === undefined || rest === undefined)
    throw new AppError("validation-failed", `Line ${line}: Write \`profileId,locale,path\`.`);
  const profileId = parseSpeakerId(unquoted(id));
  if (!profileId) throw new AppError("validation-failed", `Line ${line}: "${id}" is not a valid profile ID.`);
  const language = unquoted(locale);
  if (language !== "" && !LOCALE.test(language))
    throw new AppError("validation-failed", `Line ${line}: "${language}" is not a locale such as en-us.`);
  return { line, profileId, locale: language.toLowerCase() || undefined, path: unquoted(rest) };
}

/** Spreadsheets put quotes around a field with a comma, and double the quotes in it. */
function unquoted(field: string): string {
  const text = field.trim();
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}
