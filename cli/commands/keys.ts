import { type Command, InvalidArgumentError, Option } from "commander";
import { issueKey, listKeys, revokeKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { KeyId } from "../../lib/id.ts";
import { type ApiKey, SCOPES, type Scope } from "../../lib/ports/registry.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";

type CreateOptions = Globals & { name: string; scopes: readonly Scope[]; expires?: string };

export function addKeys(program: Command): void {
  const keys = program.command("keys").description("API keys of a registry");
  keys
    .command("create")
    .description("make a key; its token is printed once and cannot be read again")
    .option("--name <name>", "what the key is for", "command line")
    .addOption(
      new Option("--scopes <list...>", "what the key may do").choices(SCOPES).default([...SCOPES], "all"),
    )
    .option("--expires <date>", "when it ends, e.g. 2027-01-31 or 2027-01-31T12:00:00Z", date)
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      const { key, token } = await withServices(options, "none", async (services) => {
        const { registryId } = await ensureRegistry(services, options.registry);
        const { name, scopes, expires: expiresAt } = options;
        return issueKey(services, { registryId, name, scopes, expiresAt });
      });
      if (options.json) return printJson({ ...shown(key), token });
      print(token);
      warn(`${key.keyId} for registry "${options.registry}"; keep the token, it is not shown again.`);
    });
  keys
    .command("list")
    .description("the registry's keys, without their secrets")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const found = await withServices(options, "none", async (services) =>
        listKeys(services, await registryNamed(services, options)),
      );
      if (options.json) return printJsonLines(found.map(shown));
      const head = ["key", "name", "state", "created", "scopes"];
      print(
        table([
          head,
          ...found.map((key) => [key.keyId, key.name, stateOf(key), key.createdAt, key.scopes.join(" ")]),
        ]),
      );
    });
  keys
    .command("revoke")
    .description("end a key at once")
    .argument("<key>", "its id, key_...", keyId)
    .action(async (id: KeyId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const key = await withServices(options, "none", async (services) => {
        const { registryId } = await registryNamed(services, options);
        return revokeKey(services, { registryId, keyId: id });
      });
      if (options.json) return printJson(shown(key));
      print(`${key.keyId}: ${stateOf(key)}`);
    });
}

const shown = ({ hash: _hash, ...rest }: ApiKey) => rest;

const stateOf = ({ revokedAt, expiresAt }: ApiKey): string => {
  if (revokedAt !== undefined) return `revoked ${revokedAt}`;
  return expiresAt === undefined ? "valid" : `until ${expiresAt}`;
};

function keyId(text: string): KeyId {
  if (/^key_[0-9a-z]+$/.test(text)) return `key_${text.slice(4)}`;
  throw new InvalidArgumentError("A key's id begins with key_; `voiceroll keys list` shows them.");
}

function date(text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError("Give a date like 2027-01-31.");
}
