import { untilCommitted } from "../domain/commit.ts";
import { MAX_CLIPS, refuseSpeaker, refuseUnfit } from "../domain/enrollment/checks.ts";
import type { EnrollClip } from "../domain/enrollment/clips.ts";
import { clipItem, type EnrollDetails, withNewClips } from "../domain/enrollment/records.ts";
import { type ScoringSetup, scoringSetup } from "../domain/scoring/setup.ts";
import { refuseOptedOutId } from "../domain/speaker/id-hash.ts";
import { newSpeaker } from "../domain/speaker/new-speaker.ts";
import { AppError, type FieldError } from "../error.ts";
import type { SpeakerId } from "../id.ts";
import type { Registry } from "../ports/registry.ts";
import type { Services } from "../ports/services.ts";
import { embeddingClip } from "./embedding-lines.ts";

type Needs = Pick<
  Services,
  | "active"
  | "calibrations"
  | "clock"
  | "cohorts"
  | "embedder"
  | "optOuts"
  | "random"
  | "registries"
  | "formerSecrets"
  | "secret"
  | "speakers"
>;
/** One speaker's consecutive lines, `from` to `to`; they are enrolled atomically. */
type Block = { speakerId: SpeakerId; from: number; to: number; clips: EnrollClip[]; details: EnrollDetails };

export type EmbeddingsReport = { speakers: number; clips: number; unchanged: number };

const MOST_FAULTS = 20;

/**
 * Enrolls clips from their embeddings, without recordings. Runs every enrollment check on the whole
 * file before it writes anything. Clips that are already enrolled count as unchanged, so it can run
 * again.
 *
 * open    returns the lines from the start; called twice. Empty lines are skipped
 * force   accept clips that do not sound like the speaker's other clips
 * throws  `validation-failed` with one error per invalid line, 20 at most
 */
export async function importEmbeddings(
  services: Needs,
  input: {
    registry: Registry;
    open: () => AsyncIterable<string>;
    force?: boolean | undefined;
    dryRun?: boolean | undefined;
  },
): Promise<EmbeddingsReport> {
  const { registry, open, force, dryRun } = input;
  const setup = await scoringSetup(services, registry.registryId);
  const pass = (write: boolean) => enrollBlocks(services, { registry, setup, force, write }, open());
  const checked = await pass(false);
  return dryRun ? checked : pass(true);
}

type Pass = { registry: Registry; setup: ScoringSetup; force: boolean | undefined; write: boolean };

async function enrollBlocks(
  services: Needs,
  pass: Pass,
  lines: AsyncIterable<string>,
): Promise<EmbeddingsReport> {
  const report = { speakers: 0, clips: 0, unchanged: 0 };
  const faults: FieldError[] = [];
  const addFault = (line: number, error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    faults.push({ pointer: `/lines/${line}`, detail: `Line ${line}: ${error.message}` });
  };
  const finishBlock = async (block: Block | undefined) => {
    if (!block || faults.length >= MOST_FAULTS) return;
    try {
      const added = await enrollBlock(services, pass, block);
      report.speakers += added > 0 ? 1 : 0;
      report.clips += added;
      report.unchanged += block.clips.length - added;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const lines = block.to > block.from ? ` (lines ${block.from} to ${block.to})` : "";
      addFault(block.from, new AppError(error.slug, `${block.speakerId}${lines}: ${error.message}`));
    }
  };
  const seen = new Set<SpeakerId>();
  let number = 0;
  let block: Block | undefined;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "" || faults.length >= MOST_FAULTS) continue;
    try {
      const { speakerId, clip, details } = embeddingClip(text, services.embedder.model);
      if (block?.speakerId !== speakerId) {
        await finishBlock(block);
        block = { speakerId, from: number, to: number, clips: [], details: {} };
        if (seen.has(speakerId)) throw scattered(speakerId);
        seen.add(speakerId);
      }
      addClip(block, number, clip, details);
    } catch (error) {
      addFault(number, error);
    }
  }
  await finishBlock(block);
  if (number === 0) addFault(1, new AppError("validation-failed", "the file is empty."));
  if (faults.length > 0)
    throw new AppError("validation-failed", faults.map(({ detail }) => detail).join(" "), { errors: faults });
  return report;
}

function addClip(block: Block, number: number, clip: EnrollClip, details: EnrollDetails): void {
  if (block.clips.length === MAX_CLIPS)
    throw new AppError("clip-limit-reached", `${block.speakerId} has more than ${MAX_CLIPS} clips.`);
  block.to = number;
  block.clips.push(clip);
  block.details = {
    name: block.details.name ?? details.name,
    consent: block.details.consent ?? details.consent,
  };
}

const scattered = (id: SpeakerId) =>
  new AppError("validation-failed", `the lines of ${id} are not consecutive; sort the file by speaker.`);

/** Enrolls one speaker's clips, and returns how many of them are new. */
function enrollBlock(services: Needs, pass: Pass, { speakerId, clips, details }: Block): Promise<number> {
  const { registry, setup, force, write } = pass;
  const { registryId } = registry;
  return untilCommitted(services, async () => {
    const existing = await services.speakers.get(registryId, speakerId);
    const enrolled = new Set(existing?.clips.map(({ audioSha256 }) => audioSha256));
    const added = clips.filter(({ audioSha256 }) => !enrolled.has(audioSha256));
    if (added.length === 0) return 0;
    refuseSpeaker(services, { speakerId, clips: added, consent: details.consent }, registry, existing);
    if (!existing) await refuseOptedOutId(services, { registryId, speakerId });
    const before = existing ?? newSpeaker(services, { registryId, speakerId });
    await refuseUnfit(services, setup, before, added, force);
    if (!write) return added.length;
    const items = added.map((clip) => clipItem(services, before, { ...clip, similar: [] }));
    const noAudio = { ...details, keepAudio: false };
    const speaker = withNewClips(services, noAudio, before, items, setup.cohort);
    await services.speakers.putWithClips(speaker, items);
    return added.length;
  });
}
