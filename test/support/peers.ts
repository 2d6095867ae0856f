import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * A published network that this machine may have, for tests that need the real one. Tests report
 * if it is absent.
 */
export function peerFile(name: string): string | undefined {
  const folder = process.env.VOICEROLL_PEERS ?? join(import.meta.dirname, "../../../shared/peers");
  const file = join(folder, name);
  return existsSync(file) ? file : undefined;
}
