import type { SpeakerId } from "../../id.ts";
import type { Job, RequestResult } from "../../ports/job.ts";
import type { ListedClip } from "../../ports/speaker.ts";
import { readRegistry } from "../registry/registry.ts";
import { speechOf } from "../scoring/speech.ts";
import { deleteClip } from "../speaker/clip.ts";
import { speakerView } from "../speaker/speaker-view.ts";
import { enrollLine } from "./enroll-line.ts";
import type { ManifestLine } from "./lines.ts";
import type { JobNeeds } from "./needs.ts";

type Context = Parameters<typeof enrollLine>[3];
type LineOutcome = Awaited<ReturnType<typeof enrollLine>>;

/**
 * Enrolls a line as its request says: an enrolled speaker is left as it is, or gets the line's
 * clips in place of its own. The result has the state of the speaker afterwards.
 */
export async function enrollRequest(
  services: JobNeeds,
  job: Job,
  line: ManifestLine,
  context: Context,
): Promise<LineOutcome> {
  const { request } = line;
  if (!request || "problem" in line) return withRequest(await enrollLine(services, job, line, context), line);
  const { speakerId } = line;
  const before = await stateOf(services, job, speakerId);
  // After a crash, the speaker may be enrolled by this line.
  const isSkipped = request.existing === "skip" && before?.isEnrolled && job.tries === 0;
  if (isSkipped) {
    const result = { speakerId, clips: [] };
    return withRequest({ result, settle: async () => undefined }, line, before, "DUPLICATE_SKIPPED");
  }
  const outcome = await enrollLine(services, job, line, context);
  const isReplaced = request.existing === "overwrite" && (await replaceOthers(services, job, outcome));
  const after = await stateOf(services, job, speakerId);
  return withRequest(outcome, line, after, isReplaced ? "ENROLLMENT_OVERWRITE" : "NEW_ENROLLMENT");
}

function withRequest(
  { result, settle }: LineOutcome,
  { request }: ManifestLine,
  speaker?: RequestResult["speaker"],
  status: RequestResult["status"] = "NEW_ENROLLMENT",
): LineOutcome {
  if (!request) return { result, settle };
  return { result: { ...result, request: { id: request.id, status, speaker } }, settle };
}

async function stateOf(
  services: JobNeeds,
  { registryId }: Job,
  speakerId: SpeakerId,
): Promise<RequestResult["speaker"]> {
  const speaker = await services.speakers.get(registryId, speakerId);
  if (!speaker) return undefined;
  const { settings } = await readRegistry(services, registryId);
  const { uid, status, remainingSpeechSeconds } = speakerView(speaker, settings, services.embedder.model);
  return { uid, isEnrolled: status === "enrolled", missingSeconds: remainingSpeechSeconds };
}

/**
 * Deletes the clips that the line hasn't enrolled, if those that it has enrolled have enough speech
 * on their own. Can be repeated.
 */
async function replaceOthers(
  services: JobNeeds,
  { registryId }: Job,
  { result: { speakerId, clips } }: LineOutcome,
): Promise<boolean> {
  const speaker = speakerId && (await services.speakers.get(registryId, speakerId));
  if (!speaker) return false;
  const registry = await readRegistry(services, registryId);
  const isOwn = ({ clipId }: ListedClip) => clips.includes(clipId);
  if (speechOf(speaker.clips.filter(isOwn)) < registry.settings.enrollSpeechSeconds) return false;
  const others = speaker.clips.filter((clip) => !isOwn(clip));
  for (const { clipId } of others) await deleteClip(services, { registry, speakerId, clipId });
  return others.length > 0;
}
