import type { IdentifiedVoice, StoredDiarization } from "../../ports/diarization.ts";
import type { DiarizationView } from "../../schema/diarization.ts";

/**
 * The reply about a diarized recording. Strangers get numbers in order of appearance. A number that
 * would read like the ID of a speaker who is heard too is left out.
 *
 * Each person's speech is whole: where two speak at once, segments overlap, as in RTTM, and both
 * are marked.
 */
export function diarizationView({ seconds, far, voices, segments }: StoredDiarization): DiarizationView {
  const labels = labelsOf(voices);
  const shown = voices.map(({ speakerId, candidateId, ...voice }, i) => ({
    ...voice,
    label: labels[i] ?? "",
    speaker: speakerId ?? null,
    candidate: candidateId ?? null,
  }));
  return {
    seconds,
    operatingPoint: { far },
    voices: shown,
    segments: marked(joined(segments, labels)).flatMap(({ start, end, index, overlap }) => {
      const voice = shown[index];
      if (!voice) return [];
      const { label, speaker, decision, score, threshold } = voice;
      return [
        {
          ...{ start: start / 100, end: end / 100, overlap, label, speaker, decision },
          ...{ score: score?.value ?? null, threshold: threshold?.value ?? null },
        },
      ];
    }),
  };
}

function labelsOf(voices: readonly IdentifiedVoice[]): string[] {
  const taken = new Set<string>(voices.flatMap(({ speakerId }) => speakerId ?? []));
  let number = 0;
  return voices.map(({ speakerId }) => {
    if (speakerId) return speakerId;
    do number += 1;
    while (taken.has(`stranger-${number}`));
    return `stranger-${number}`;
  });
}

/** Joins segments of one label that touch: two voices of a recording can be one speaker. */
function joined(segments: StoredDiarization["segments"], labels: readonly string[]) {
  const all: [start: number, end: number, voice: number][] = [];
  const open = new Map<string | undefined, (typeof all)[number]>();
  for (const [start, end, voice] of segments) {
    const last = open.get(labels[voice]);
    if (last && last[1] >= start) last[1] = Math.max(last[1], end);
    else {
      const begun: (typeof all)[number] = [start, end, voice];
      all.push(begun);
      open.set(labels[voice], begun);
    }
  }
  return all;
}

/** Marks segments that overlap others. They are in order of their start. */
function marked(segments: StoredDiarization["segments"]) {
  let lastEnd = 0;
  return segments.map(([start, end, index], i) => {
    const next = segments[i + 1]?.[0] ?? end;
    const overlap = start < lastEnd || next < end;
    lastEnd = Math.max(lastEnd, end);
    return { start, end, index, overlap };
  });
}

/** NIST's Rich Transcription Time Marked format: one line for each segment. */
export function rttmOf(
  { segments }: { segments: readonly { label: string; start: number; end: number }[] },
  file: string,
): string[] {
  const name = file.replace(/\s+/g, "_");
  return segments.map(
    ({ start, end, label }) =>
      `SPEAKER ${name} 1 ${start.toFixed(2)} ${(end - start).toFixed(2)} <NA> <NA> ${label} <NA> <NA>`,
  );
}
