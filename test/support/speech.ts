import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder of real speech (train, dev), if this machine has one. Tests report if it doesn't. */
export function speechFolder(): string | undefined {
  const folder = process.env.VOICEROLL_SPEECH ?? join(import.meta.dirname, "../../../shared/speech");
  return existsSync(join(folder, "dev", "clips.tsv")) ? folder : undefined;
}
