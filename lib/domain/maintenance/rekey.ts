import type { RegistryId } from "../../id.ts";
import type { TemplateState } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { untilCommitted } from "../commit.ts";
import { newTemplateKey } from "../registry/registry.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";

type Needs = Pick<
  Services,
  "candidates" | "clock" | "cohorts" | "random" | "registries" | "speakers" | "templateKeys"
>;

/**
 * generation: of the new key. speakers: how many this run stored again. cohorts: how many the
 * registry has. resumed: whether an earlier run had begun this renewal
 */
export type RekeyReport = { generation: number; speakers: number; cohorts: number; resumed: boolean };

/**
 * Renews the templates of a registry: gives it a new template key, stores every voiceprint and
 * cohort again under it, and then deletes the former key. What was copied from the store before is
 * worthless afterward.
 *
 * The registry can be used meanwhile: each record names the generation of its key, and both keys
 * exist until the end. A run that is cut off is continued by the next one. Two runs at a time do no
 * harm.
 *
 * onProgress  called with the number of checked speakers
 *
 * Throws `storage-unavailable` if the key of a stored voiceprint is missing, and RangeError for an
 * unknown registry.
 */
export async function rekey(
  services: Needs,
  input: { registryId: RegistryId; onProgress?: ((speakers: number) => void) | undefined },
): Promise<RekeyReport> {
  const { registryId, onProgress } = input;
  const { clock, templateKeys } = services;
  const { state, resumed } = await begun(services, registryId);
  const { generation, former = [] } = state;
  const began = clock.monotonic();
  let speakers = await renewSpeakers(services, registryId, onProgress);
  await services.cohorts.renew(registryId);
  await renewCandidates(services, registryId);
  // A process that has read the former generation may still be writing.
  await clock.sleep(Math.max(0, templateKeys.settleMs - (clock.monotonic() - began)));
  speakers += await renewSpeakers(services, registryId);
  await renewCandidates(services, registryId);
  const cohorts = await services.cohorts.renew(registryId);
  // Snapshots are written again under the new key.
  await services.speakers.noteRefreshedStats(registryId);
  for (const one of former) if (one > 0) await templateKeys.remove(registryId, one);
  await services.registries.change(registryId, (registry) => ({
    ...registry,
    templates: registry.templates?.generation === generation ? { generation } : registry.templates,
  }));
  return { generation, speakers, cohorts, resumed };
}

/** Starts a renewal, or returns the one that an earlier run has left unfinished. */
async function begun(
  services: Needs,
  registryId: RegistryId,
): Promise<{ state: TemplateState; resumed: boolean }> {
  const { registries, templateKeys } = services;
  const before = (await registries.get(registryId))?.templates ?? { generation: 0 };
  if (before.former) return { state: before, resumed: true };
  const generation = before.generation + 1;
  // An earlier run may have stopped after writing this key. Nothing is stored under it yet.
  await templateKeys.put(registryId, generation, newTemplateKey(services));
  const registry = await registries.change(registryId, (existing) =>
    (existing.templates?.generation ?? 0) === before.generation
      ? { ...existing, templates: { generation, former: [before.generation] } }
      : existing,
  );
  if (!registry?.templates) throw new RangeError(`no registry ${registryId}`);
  return { state: registry.templates, resumed: false };
}

async function renewCandidates(services: Needs, registryId: RegistryId): Promise<void> {
  while (await untilCommitted(services, () => services.candidates.renew(registryId)));
}

async function renewSpeakers(
  services: Needs,
  registryId: RegistryId,
  onProgress?: (speakers: number) => void,
): Promise<number> {
  let [checked, renewed] = [0, 0];
  for await (const { speakerId } of everySpeaker(services, registryId)) {
    if (await untilCommitted(services, () => services.speakers.renew(registryId, speakerId))) renewed += 1;
    checked += 1;
    onProgress?.(checked);
  }
  return renewed;
}
