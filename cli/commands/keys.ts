import { type Command, InvalidArgumentError, Option } from "commander";
import { type Act, audited, keyDetails } from "../../lib/domain/audit/record.ts";
import { audioSecondsToday } from "../../lib/domain/registry/audio-quota.ts";
import { issueKey, listKeys, revokeKey, updateKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { KeyId } from "../../lib/id.ts";
import type { ApiKey, Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { type Globals, wholeNumber } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { registryNamed, withServices } from "../services.ts";
import { t } from "../text/language.ts";
import { addRotateSecret } from "./keys-rotate-secret.ts";

type CreateOptions = Globals & {
  name: string;
  scopes: readonly Scope[];
  expires?: string;
  audioSecondsPerDay?: number;
};

export function addKeys(program: Command): void {
  const keys = program.command("keys").description("manage the API keys of a registry");
  addCreate(keys);
  addList(keys);
  addSet(keys);
  addRevoke(keys);
  addRotateSecret(keys);
}

function addCreate(keys: Command): void {
  keys
    .command("create")
    .description("create a key; its token is printed once and can't be shown again")
    .option("--name <name>", "display name of the key", "command line")
    .addOption(
      new Option("--scopes <list...>", "what the key is allowed to do")
        .choices(SCOPES)
        .default([...SCOPES], "all"),
    )
    .option("--expires <date>", "expiry date, e.g. 2027-01-31 or 2027-01-31T12:00:00Z", date)
    .option("--audio-seconds-per-day <s>", "seconds of audio that the key may send per day (UTC)", seconds)
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      const { key, token } = await withServices(options, "none", async (services) => {
        const { registryId } = await ensureRegistry(services, options.registry);
        const { name, scopes, expires: expiresAt, audioSecondsPerDay } = options;
        const act: Act = { registryId, operation: "createKey" };
        return audited(services, act, async () => {
          const issued = await issueKey(services, {
            registryId,
            name,
            scopes,
            expiresAt,
            audioSecondsPerDay,
          });
          act.details = keyDetails(issued.key);
          return issued;
        });
      });
      if (options.json) return printJson({ ...withoutHash(key), token });
      print(token);
      warn(
        t`Created ${key.keyId} for registry "${options.registry}". Save the token: it can't be shown again.`,
      );
    });
}

function addList(keys: Command): void {
  keys
    .command("list")
    .description("list the registry's keys without their tokens")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const keysFound = await withServices(options, "none", async (services) =>
        withUse(services, await listKeys(services, await registryNamed(services, options))),
      );
      if (options.json) return printJsonLines(keysFound.map(withoutHash));
      const head = [t`key`, t`name`, t`state`, t`created`, t`audio today`, t`scopes`];
      print(
        table([
          head,
          ...keysFound.map((key) => [
            ...[key.keyId, key.name, stateOf(key), key.createdAt],
            ...[useOf(key), key.scopes.join(" ")],
          ]),
        ]),
      );
    });
}

function addSet(keys: Command): void {
  keys
    .command("set")
    .description("change the quota of a key")
    .argument("<key>", "the key's ID, key_...", keyId)
    .requiredOption(
      "--audio-seconds-per-day <s>",
      'seconds of audio that the key may send per day (UTC); "none" removes the limit',
      (text) => (text === "none" ? text : seconds(text)),
    )
    .action(async (id: KeyId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { audioSecondsPerDay: number | "none" }>();
      const limit = options.audioSecondsPerDay;
      const audioSecondsPerDay = limit === "none" ? null : limit;
      const key = await withServices(options, "none", async (services) => {
        const { registryId } = await registryNamed(services, options);
        const details = { key: id, audioSecondsPerDay };
        return audited(services, { registryId, operation: "updateKey", details }, () =>
          updateKey(services, { registryId, keyId: id, audioSecondsPerDay }),
        );
      });
      if (options.json) return printJson(withoutHash(key));
      print(`${key.keyId}: ${limit === "none" ? t`no limit` : t`${limit} s of audio a day`}`);
    });
}

/** The keys with the seconds of audio that each has sent today; null without a quota. */
const withUse = (services: Services, keys: readonly ApiKey[]) =>
  Promise.all(
    keys.map(async (key) => {
      const used = key.audioSecondsPerDay === undefined ? null : await audioSecondsToday(services, key);
      return { ...key, audioSecondsToday: used };
    }),
  );

const useOf = ({
  audioSecondsPerDay,
  audioSecondsToday: used,
}: ApiKey & { audioSecondsToday: number | null }) =>
  used === null ? t`no limit` : t`${used.toFixed(1)} of ${audioSecondsPerDay ?? 0} s`;

const seconds = wholeNumber(1, 31_536_000);

function addRevoke(keys: Command): void {
  keys
    .command("revoke")
    .description("revoke a key immediately")
    .argument("<key>", "the key's ID, key_...", keyId)
    .action(async (id: KeyId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const key = await withServices(options, "none", async (services) => {
        const { registryId } = await registryNamed(services, options);
        const act = { registryId, operation: "revokeKey", details: { key: id } };
        return audited(services, act, () => revokeKey(services, { registryId, keyId: id }));
      });
      if (options.json) return printJson(withoutHash(key));
      print(`${key.keyId}: ${stateOf(key)}`);
    });
}

const withoutHash = ({ hash: _hash, ...rest }: ApiKey) => rest;

const stateOf = ({ revokedAt, expiresAt }: ApiKey): string => {
  if (revokedAt !== undefined) return t`revoked ${revokedAt}`;
  return expiresAt === undefined ? t`valid` : t`expires ${expiresAt}`;
};

function keyId(text: string): KeyId {
  if (/^key_[0-9a-z]+$/.test(text)) return `key_${text.slice(4)}`;
  throw new InvalidArgumentError("A key ID starts with key_. `voiceroll keys list` shows them.");
}

function date(text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError("Use a date such as 2027-01-31.");
}
