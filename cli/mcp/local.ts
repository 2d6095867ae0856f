import { audited } from "../../lib/domain/audit/record.ts";
import { compare } from "../../lib/domain/decision/compare.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { AppError } from "../../lib/error.ts";
import { type DecisionId, parseGroupId, parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { auditedDecision } from "../audited-decision.ts";
import { clipOf, readRecording } from "../clip-file.ts";
import type { ToolRegistry } from "./registry.ts";

const LIMIT = 100;

/** The registry of a data folder, or of a table on AWS, as commands use it. */
export function localRegistry(services: Services, registry: Registry): ToolRegistry {
  const { registryId } = registry;
  const clip = async (file: string) => clipOf(services.embedder, await readRecording(file, {}));
  const decided = <T extends { decisionId: DecisionId }>(
    operation: string,
    decide: () => Promise<T>,
    speakerId?: SpeakerId,
  ) => auditedDecision(services, { registry, operation, far: undefined, speakerId }, decide);
  return {
    identify: async (file, group) => {
      const input = {
        registry,
        clip: await clip(file),
        groupId: group === undefined ? undefined : groupId(group),
      };
      return decided("identify", () => identify(services, input));
    },
    verify: async (speaker, file) => {
      const input = { registry, speakerId: speakerId(speaker), clip: await clip(file) };
      return decided("verify", () => verify(services, input), input.speakerId);
    },
    compare: async (a, b) => {
      const input = { registry, clipA: await clip(a), clipB: await clip(b) };
      return decided("compare", () => compare(services, input));
    },
    list: async (cursor) => {
      const { items, next } = await listSpeakers(services, { registry, limit: LIMIT, after: cursor });
      return { speakers: items, next: next ?? null };
    },
    get: async (speaker) => readSpeaker(services, { registry, speakerId: speakerId(speaker) }),
    enroll: async (speaker, files, name) => {
      const clips = await Promise.all(files.map(clip));
      const input = { registry, speakerId: speakerId(speaker), clips, name };
      const details = { clips: clips.length };
      const act = { registryId, operation: "enroll", speakerId: input.speakerId, details };
      return (await audited(services, act, () => enroll(services, input))).speaker;
    },
    erase: async (speaker) => {
      const id = speakerId(speaker);
      const act = { registryId, operation: "eraseSpeaker", speakerId: id };
      await audited(services, act, () => eraseSpeaker(services, { registryId, speakerId: id }));
      // No background tasks run beside this server.
      await finishErasures(services, { registryId });
    },
  };
}

function speakerId(text: string): SpeakerId {
  const id = parseSpeakerId(text);
  if (!id) throw new AppError("speaker-not-found", `No speaker ${text} exists in this registry.`);
  return id;
}

function groupId(text: string) {
  const id = parseGroupId(text);
  if (!id) throw new AppError("group-not-found", `No group ${text} exists in this registry.`);
  return id;
}
