import { untilCommitted } from "../domain/commit.ts";
import { MAX_CLIPS, refuseSpeaker, refuseUnfit } from "../domain/enrollment/checks.ts";
import type { EnrollClip } from "../domain/enrollment/clips.ts";
import { clipItems, type EnrollDetails, grown } from "../domain/enrollment/records.ts";
import { type ScoringSetup, scoringSetup } from "../domain/scoring/setup.ts";
import { newSpeaker } from "../domain/speaker/new-speaker.ts";
import { AppError, type FieldError } from "../error.ts";
import type { SpeakerId } from "../id.ts";
import type { Registry } from "../ports/registry.ts";
import type { Services } from "../ports/services.ts";
import { embeddingClip } from "./embedding-lines.ts";

type Needs = Pick<
  Services,
  "active" | "calibrations" | "clock" | "cohorts" | "embedder" | "random" | "registries" | "speakers"
>;
/** A speaker's lines: they stand together, and are enrolled in one piece. */
type Block = { speakerId: SpeakerId; from: number; to: number; clips: EnrollClip[]; details: EnrollDetails };

export type EmbeddingsReport = { speakers: number; clips: number; unchanged: number };

const MOST_FAULTS = 20;

/**
 * Enrolls clips of which only the embedding is known. Everything is checked, as enrolling checks it, before anything is
 * written; clips that are here already count as unchanged, so it may be run again.
 *
 * open    the lines, called twice; empty ones are skipped
 * force   take clips that are unlike the speaker's others
 * throws  `validation-failed`, naming each line
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
  const run = (write: boolean) => enrollBlocks(services, { registry, setup, force, write }, open());
  const checked = await run(false);
  return dryRun ? checked : run(true);
}

type Run = { registry: Registry; setup: ScoringSetup; force: boolean | undefined; write: boolean };

async function enrollBlocks(
  services: Needs,
  work: Run,
  lines: AsyncIterable<string>,
): Promise<EmbeddingsReport> {
  const report = { speakers: 0, clips: 0, unchanged: 0 };
  const faults: FieldError[] = [];
  const tell = (line: number, error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    faults.push({ pointer: `/lines/${line}`, detail: `Line ${line}: ${error.message}` });
  };
  const finish = async (block: Block | undefined) => {
    if (!block || faults.length >= MOST_FAULTS) return;
    try {
      const added = await enrollBlock(services, work, block);
      report.speakers += added > 0 ? 1 : 0;
      report.clips += added;
      report.unchanged += block.clips.length - added;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const where = block.to > block.from ? ` (lines ${block.from} to ${block.to})` : "";
      tell(block.from, new AppError(error.slug, `${block.speakerId}${where}: ${error.message}`));
    }
  };
  const seen = new Set<SpeakerId>();
  let [number, block] = [0, undefined as Block | undefined];
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "" || faults.length >= MOST_FAULTS) continue;
    try {
      const { speakerId, clip, details } = embeddingClip(text, services.embedder.model);
      if (block?.speakerId !== speakerId) {
        await finish(block);
        block = { speakerId, from: number, to: number, clips: [], details: {} };
        if (seen.size === seen.add(speakerId).size) throw apart(speakerId);
      }
      if (block.clips.length === MAX_CLIPS) throw tooMany(speakerId);
      block.to = number;
      block.clips.push(clip);
      block.details = {
        name: block.details.name ?? details.name,
        consent: block.details.consent ?? details.consent,
      };
    } catch (error) {
      tell(number, error);
    }
  }
  await finish(block);
  if (number === 0) tell(1, new AppError("validation-failed", "the file is empty."));
  if (faults.length > 0)
    throw new AppError("validation-failed", faults.map(({ detail }) => detail).join(" "), { errors: faults });
  return report;
}

const apart = (id: SpeakerId) =>
  new AppError("validation-failed", `the lines of ${id} do not stand together; sort the file by speaker.`);

const tooMany = (id: SpeakerId) =>
  new AppError("clip-limit-reached", `${id} has more than ${MAX_CLIPS} clips.`);

/** How many of the clips were not here. */
function enrollBlock(services: Needs, work: Run, { speakerId, clips, details }: Block): Promise<number> {
  const { registry, setup, force, write } = work;
  const { registryId } = registry;
  return untilCommitted(services, async () => {
    const existing = await services.speakers.get(registryId, speakerId);
    const here = new Set(existing?.clips.map(({ audioSha256 }) => audioSha256));
    const added = clips.filter(({ audioSha256 }) => !here.has(audioSha256));
    if (added.length === 0) return 0;
    refuseSpeaker(services, { speakerId, clips: added, consent: details.consent }, registry, existing);
    const before = existing ?? newSpeaker(services, { registryId, speakerId });
    await refuseUnfit(services, setup, before, added, force);
    if (!write) return added.length;
    const items = clipItems(
      services,
      before,
      added,
      added.map(() => []),
    );
    const speaker = grown(services, details, before, items, setup.cohort);
    const bare = new Set(items.map(({ clipId }) => clipId));
    const listed = speaker.clips.map((clip) =>
      bare.has(clip.clipId) ? { ...clip, audioKept: false as const } : clip,
    );
    await services.speakers.putWithClips({ ...speaker, clips: listed }, items);
    return added.length;
  });
}
