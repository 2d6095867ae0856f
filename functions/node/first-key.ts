import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { keyDetails, record } from "../../lib/domain/audit/record.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import type { RegistryId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";

export type FirstKey = {
  /** How the printed commands write the key. Never the key itself after the first start. */
  key: string;
  keyText: string;
};

/**
 * Creates a key with all scopes at the first start and keeps it in `file`. Only that start prints
 * it: the output of a service often ends up in logs.
 *
 * command  creates another key, for the store that the server uses
 */
export async function firstKey(
  services: Pick<Services, "audit" | "clock" | "keys" | "random" | "secret">,
  registryId: RegistryId,
  { file, command }: { file: string; command: string },
): Promise<FirstKey> {
  if (existsSync(file)) return { key: `$(cat ${shellWord(file)})`, keyText: `The API key is in ${file}` };
  if ((await services.keys.list(registryId)).length > 0) {
    const keyText = `There is no ${file}. Make a key: ${command}`;
    return { key: "$VOICEROLL_KEY", keyText };
  }
  const { key, token } = await issueKey(services, { registryId, name: "first", scopes: SCOPES });
  await record(services, { registryId, operation: "createKey", details: keyDetails(key) }, "done");
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  return { key: token, keyText: `API key (kept in ${file}, not shown again): ${token}` };
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
