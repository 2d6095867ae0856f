import { createHash } from "node:crypto";
import { activateCohort } from "../../lib/domain/cohort/cohort.ts";
import { keepStrangers } from "../../lib/domain/people/keep.ts";
import { nameCandidate } from "../../lib/domain/people/name.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { setMembers } from "../../lib/domain/speaker/group.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { type GroupId, parseGroupId } from "../../lib/id.ts";
import { exportRegistry } from "../../lib/transfer/export-registry.ts";
import { importRegistry } from "../../lib/transfer/import-registry.ts";
import { heardVoice } from "../support/fake-embedder.ts";
import type { TestServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, set, speakerId } from "./asking.ts";
import { build, calibrateFor, strangers } from "./cohorts.ts";

export async function exported(services: TestServices, audio = false): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportRegistry(services, { registryId: services.registryId, audio }))
    lines.push(line);
  return lines;
}

type Options = Partial<Parameters<typeof importRegistry>[1]>;

export const imported = (services: TestServices, lines: readonly string[], more: Options = {}) =>
  importRegistry(services, {
    registry: "test",
    open: async function* () {
      yield* lines;
    },
    ...more,
  });

/** All lines but the last, which holds the time of the export. */
export const bodyOf = (lines: readonly string[]): string => lines.slice(0, -1).join("\n");

export const parsed = (line: string) => JSON.parse(line) as Record<string, never>;
// biome-ignore lint/suspicious/noExplicitAny: an invalid line has no type
type Change = (value: any) => unknown;

/** Changes one line and reseals all of them, as a faulty exporter would write them. */
export function resealed(lines: readonly string[], number: number, change: Change): string[] {
  let before = "";
  return lines.map((line, i) => {
    const { sha256: _, line: __, ...value } = parsed(line);
    if (i + 1 === number) change(value);
    const text = JSON.stringify({ ...value, line: i + 1 });
    before = createHash("sha256").update(`${before}\n${text}`).digest("hex");
    return `${text.slice(0, -1)},"sha256":"${before}"}`;
  });
}

export function groupId(text: string): GroupId {
  const id = parseGroupId(text);
  if (!id) throw new RangeError(text);
  return id;
}

/**
 * Fills a registry: own settings, speakers of every status, a cohort built from them with a
 * calibration (both active), and a group.
 */
export async function fullRegistry(services: TestServices): Promise<void> {
  await set(services, {
    enrollSpeechSeconds: 12,
    far: 0.01,
    guessing: { rejects: 7 },
    replay: "refuse",
    replayDays: 5,
    mixedProbes: "refuse",
    embeddings: true,
  });
  const more = { name: "Ann Ä. Example", metadata: { team: "support" }, consent: "form 7" };
  await enrollText(services, "ann", ["voice=ann take=1", "voice=ann take=2 snr=none band=telephone"], more);
  for (const name of ["bob", "eve"]) await enrollTakes(services, name, 3);
  await optOut(services, named(services, "gone"));
  const { record } = await build(services, { clips: strangers(30), registry: true, name: "own" });
  await calibrateFor(services, record.cohortId);
  await activateCohort(services, { registryId: services.registryId, cohort: record.cohortId });
  const speakers = [speakerId("bob"), speakerId("ann")];
  await keepVoices(services);
  await setMembers(services, { registryId: services.registryId, groupId: groupId("night"), speakers });
}

/** Two candidate voices, one of which has bob's name. */
async function keepVoices(services: TestServices): Promise<void> {
  const registry = await readRegistry(services, services.registryId);
  const strangers = [heardVoice("kim", 0), heardVoice("lee", 1)];
  const kept = await keepStrangers(services, {
    ...{ registry, recording: "upl_meeting", jobId: "job_meeting", strangers, others: [], far: 0.01 },
  });
  const candidateId = kept.get(0);
  if (candidateId) await nameCandidate(services, { registry, candidateId, speakerId: speakerId("bob") });
}
