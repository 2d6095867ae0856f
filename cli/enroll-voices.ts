import { InvalidArgumentError } from "commander";
import { probePieces } from "../lib/adapters/model/recording-voices.ts";
import type { Recording } from "../lib/audio/types.ts";
import { audited } from "../lib/domain/audit/record.ts";
import { enroll } from "../lib/domain/enrollment/enroll.ts";
import type { SpeakerId } from "../lib/id.ts";
import { badInput } from "../lib/input-file.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import type { DiarizationView } from "../lib/schema/diarization.ts";
import type { EnrollReply } from "../lib/schema/speaker.ts";
import { speakerId } from "./options.ts";
import { clipOfPieces } from "./recording-pieces.ts";

/**
 * `stranger-1=alice`: a label of the diarization, and the speaker that its voice is enrolled for.
 */
export type VoiceName = { label: string; speaker: SpeakerId };

export function voiceName(text: string, before: readonly VoiceName[] = []): VoiceName[] {
  const [label, id, ...others] = text.split("=");
  if (!label || id === undefined || others.length > 0)
    throw new InvalidArgumentError("Use a voice and a speaker's ID, e.g. stranger-1=alice.");
  return [...before, { label, speaker: speakerId(id) }];
}

/**
 * Enrolls voices of a recording, each from its longest segments, up to a minute. All labels are
 * checked before anything is enrolled.
 */
export async function enrollVoices(
  services: Services,
  registry: Registry,
  { recording, diarization }: { recording: Recording; diarization: DiarizationView },
  names: readonly VoiceName[],
): Promise<EnrollReply[]> {
  const { segments, voices } = diarization;
  for (const { label } of names)
    if (!voices.some((voice) => voice.label === label))
      throw badInput(
        `The recording has no voice ${label}. It has: ${voices.map((voice) => voice.label).join(", ")}.`,
      );
  const replies: EnrollReply[] = [];
  for (const { label, speaker } of names) {
    const own = segments.filter((segment) => segment.label === label);
    const others = segments.filter((segment) => segment.label !== label);
    const pieces = probePieces(own, others);
    const clip = await clipOfPieces(recording, pieces);
    const details = { clips: 1 };
    const act = { registryId: registry.registryId, operation: "enroll", speakerId: speaker, details };
    const input = { registry, speakerId: speaker, clips: [clip] };
    replies.push(await audited(services, act, () => enroll(services, input)));
  }
  return replies;
}
