import type { Recording } from "../../audio/types.ts";
import type { GroupId, KeyId, RegistryId, SpeakerUid } from "../../id.ts";
import type { Stranger } from "../../ports/candidate-voice.ts";
import type { IdentifiedVoice, StoredDiarization } from "../../ports/diarization.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { IdentifyReply } from "../../schema/decision.ts";
import { record } from "../audit/record.ts";
import type { Caller } from "../registry/guess.ts";
import { type SearchGuess, searchGuess } from "../registry/misses.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { requireGroup } from "../speaker/group.ts";
import { identifyProbe } from "./identify.ts";
import { type FarChoice, farOf, isLoosened } from "./record.ts";
import { type FoundStrangers, rejectionsBy, strangerOf } from "./strangers.ts";
import { whoIsWhoIn } from "./who-is-who.ts";

type Needs = Parameters<typeof identifyProbe>[0] &
  Parameters<typeof record>[0] &
  Pick<Services, "candidates">;
export type DiarizationProgress = (
  stage: "diarizing" | "scoring",
  done: number,
  total: number,
) => Promise<void> | void;

/**
 * Finds out who speaks when in a recording, and which of the voices belong to speakers of the
 * registry. Each voice is one decision, made like that of identify on its speech in the recording,
 * up to a minute, and is counted, recorded and audited like one.
 *
 * Where the registry keeps candidate voices, also returns the strangers that can become some. In a
 * search within a group there are none: everybody else would be a stranger.
 *
 * caller      whose search `openSearch` has admitted; undefined: the command line
 * onProgress  seconds of audio (`diarizing`), then voices (`scoring`)
 */
export async function diarize(
  services: Needs,
  input: {
    registry: Registry;
    recording: Recording;
    groupId?: GroupId | undefined;
    caller?: (Caller & { keyId: KeyId }) | undefined;
    signal?: AbortSignal | undefined;
    onProgress?: DiarizationProgress | undefined;
  } & FarChoice,
): Promise<{ diarization: StoredDiarization; strangers: FoundStrangers }> {
  const { registry, recording, groupId, signal, onProgress } = input;
  const { registryId } = registry;
  const group = groupId && (await requireGroup(services, { registryId, groupId }));
  const within = group && new Set(group.members);
  const guess = neverPausing(await searchGuess(services, registry, input.caller));
  const setup = await scoringSetup(services, registryId);
  const far = farOf(input, registry, setup);
  const keeps = registry.settings.candidateVoices === true;
  const { candidates } = keeps ? await services.candidates.all(registryId) : { candidates: [] };
  const rejected = rejectionsBy(setup, candidates, far);
  const { seconds, voices, segments } = await services.embedder.diarize(recording, {
    signal,
    onProgress: (done, total) => onProgress?.("diarizing", done, total),
    whoIsWho: whoIsWhoIn(services, setup, { registry, far, within, rejected }),
    lasting: keeps && !within,
  });
  const identified: IdentifiedVoice[] = [];
  const found: Stranger[] = [];
  for (const [i, voice] of voices.entries()) {
    signal?.throwIfAborted();
    const { probe, speechSeconds } = voice;
    const unless = rejected(probe);
    const reply = await identifyProbe(services, { ...input, probes: [probe], setup, guess, within, unless });
    identified.push(voiceOf(reply, probe, speechSeconds));
    const stranger = await strangerOf(services, setup, voice, reply, {
      ...{ voice: i, registry, far, unless },
    });
    if (stranger) found.push(stranger);
    await audit(services, input, reply);
    await onProgress?.("scoring", identified.length, voices.length);
  }
  const diarization = {
    ...{ seconds, far, voices: identified },
    segments: segments.map(({ start, end, voice }) => [hundredths(start), hundredths(end), voice] as const),
  };
  return { diarization, strangers: { found, others: await uidsOf(services, registryId, identified) } };
}

/** Of the speakers that were identified. */
async function uidsOf(
  { speakers }: Needs,
  registryId: RegistryId,
  voices: readonly IdentifiedVoice[],
): Promise<SpeakerUid[]> {
  const found = await speakers.getMany(
    registryId,
    voices.flatMap(({ speakerId }) => speakerId ?? []),
  );
  return [...new Set(found.flatMap((speaker) => speaker?.uid ?? []))];
}

async function audit(
  services: Needs,
  {
    registry,
    caller,
    ...choice
  }: { registry: Registry; caller?: (Caller & { keyId: KeyId }) | undefined } & FarChoice,
  { decisionId }: IdentifyReply,
): Promise<void> {
  const { registryId, settings } = registry;
  const loosened = await isLoosened(services, registry, choice);
  const details = loosened ? { far: choice.far ?? null } : {};
  const act = {
    ...{ registryId, keyId: caller?.keyId, callerId: caller?.callerId, operation: "diarize", details },
    recorded: loosened || settings.audit === "all",
  };
  await record(services, act, decisionId);
}

const hundredths = (seconds: number): number => Math.round(100 * seconds);

/** Counts a recording's voices without a pause between them: the next search may have to wait. */
const neverPausing = (guess: SearchGuess): SearchGuess =>
  guess && { ...guess, counter: { ...guess.counter, holds: false } };

function voiceOf(reply: IdentifyReply, { quality }: ClipEmbedding, speechSeconds: number): IdentifiedVoice {
  const { decisionId, decision, reasons, threshold } = reply;
  const [best] = reply.candidates;
  return {
    speakerId: decision === "match" ? best?.speaker : undefined,
    ...{ decisionId, decision, reasons, speechSeconds, heardSeconds: quality.speechSeconds },
    ...{ band: best?.band ?? "none", score: best?.score ?? null, threshold },
  };
}
