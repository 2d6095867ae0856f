import { roundedDown } from "../lib/domain/scoring/speech.ts";
import type { DiarizationView } from "../lib/schema/diarization.ts";
import { table } from "./print.ts";
import { t, translated } from "./text/language.ts";

type Voice = DiarizationView["voices"][number];

/** A table of the voices, and the timeline. */
export function diarizationText(file: string, { seconds, voices, segments }: DiarizationView): string {
  const count = voices.length === 1 ? t`1 voice` : t`${voices.length} voices`;
  const head = `${file}: ${clock(seconds)}, ${count}`;
  if (voices.length === 0) return t`${head}: no speech was found`;
  const about = table([[t`voice`, t`speaks`, t`decision`], ...voices.map(voiceRow)]);
  const timeline = table([[t`start`, t`end`, t`who`], ...segments.map(segmentRow)], [true, true]);
  return [head, "", about, "", timeline].join("\n");
}

const segmentRow = ({ start, end, label, overlap }: DiarizationView["segments"][number]): string[] => [
  clock(start),
  clock(end),
  overlap ? t`${label} (overlap)` : label,
];

function voiceRow({ label, speechSeconds, decision, reasons, score, threshold }: Voice): string[] {
  const scored =
    score && threshold
      ? t`, score ${score.value.toFixed(2)} (threshold ${threshold.value.toFixed(2)})`
      : `: ${reasons.map(translated).join(", ")}`;
  return [label, t`${roundedDown(speechSeconds)} s`, `${translated(decision)}${scored}`];
}

/** 3725.5 -> "1:02:05.5" */
function clock(seconds: number): string {
  const tenths = Math.floor(Math.round(seconds * 100) / 10);
  const [hours, minutes] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60];
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
