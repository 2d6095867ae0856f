import { createHash } from "node:crypto";
import { makeId, type RegistryId } from "../../id.ts";
import type { Registry, RegistrySettings } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { keptHistory } from "./settings.ts";

export const DEFAULT_SETTINGS: RegistrySettings = {
  enrollSpeechSeconds: 20,
  consentRequired: false,
  refuseMultipleSpeakers: false,
  requestsPerMinute: 1000,
};

const FIRST_GENERATION = 1;
const TEMPLATE_KEY_BYTES = 32;

/** A key for the rotation of a registry's voiceprints (docs/templates.md). */
export const newTemplateKey = ({ random }: Pick<Services, "random">): Uint8Array =>
  random.bytes(TEMPLATE_KEY_BYTES);

/** Derived from the name, so that concurrent creations make the same registry. */
export const registryIdOf = (name: string): RegistryId =>
  makeId("reg", createHash("sha256").update(name).digest().subarray(0, 16));

/**
 * The registry with this name, without its active choices; creates it with default settings if it
 * does not exist.
 */
export async function ensureRegistry(
  services: Pick<Services, "random" | "registries" | "templateKeys">,
  name: string,
): Promise<Registry> {
  const registryId = registryIdOf(name);
  const existing = await services.registries.get(registryId);
  if (existing) return withoutActive(existing);
  const templates = { generation: FIRST_GENERATION };
  // Before the registry names it, so that no voiceprint waits for its key.
  await services.templateKeys.put(registryId, templates.generation, newTemplateKey(services));
  const registry = { registryId, name, suspended: false, settings: DEFAULT_SETTINGS, templates };
  await services.registries.put({ ...registry, active: {} });
  return registry;
}

/** Changes the given fields and keeps the others, also those that another request just changed. */
export async function updateRegistry(
  services: Pick<Services, "registries">,
  input: { registryId: RegistryId; suspended?: boolean; settings?: Partial<RegistrySettings> },
): Promise<Registry> {
  const { registryId, suspended, settings } = input;
  const registry = await services.registries.change(registryId, (existing) => ({
    ...existing,
    suspended: suspended ?? existing.suspended,
    settings: {
      ...existing.settings,
      ...settings,
      ...guessingOf(existing, input),
      ...keptHistory(existing.settings, settings ?? {}),
    },
  }));
  return withoutActive(existingOf(registryId, registry));
}

/** For callers that keep the registry for longer than a request. */
const withoutActive = ({ active: _, ...registry }: Registry): Registry => registry;

/** Limits of guesses that aren't named keep their values, too. */
function guessingOf(
  existing: Registry,
  { settings }: { settings?: Partial<RegistrySettings> },
): Pick<RegistrySettings, "guessing"> {
  if (!settings?.guessing) return {};
  return { guessing: { ...existing.settings.guessing, ...settings.guessing } };
}

/** Throws RangeError for an unknown registry: callers get the id from a key, so it must exist. */
export async function readRegistry(
  services: Pick<Services, "registries">,
  registryId: RegistryId,
): Promise<Registry> {
  return existingOf(registryId, await services.registries.get(registryId));
}

function existingOf(registryId: RegistryId, registry: Registry | undefined): Registry {
  if (!registry) throw new RangeError(`no registry ${registryId}`);
  return registry;
}
