import { number, seconds } from "../text/format.ts";
import { t } from "../text/text.ts";

const RADIUS = 52;
const AROUND = 2 * Math.PI * RADIUS;

/** How much of the net speech that a speaker needs the server has counted. */
export function SpeechRing({ speech, needed }: { speech: number; needed: number }) {
  const share = needed > 0 ? Math.min(1, speech / needed) : 1;
  const label = t("ring.label", { speech: seconds(speech), needed: seconds(needed) });
  return (
    <div class={share >= 1 ? "ring full" : "ring"}>
      <svg viewBox="0 0 120 120" role="img" aria-label={label}>
        <circle class="track" cx="60" cy="60" r={RADIUS} />
        <circle
          class="fill"
          cx="60"
          cy="60"
          r={RADIUS}
          stroke-dasharray={`${(share * AROUND).toFixed(1)} ${AROUND.toFixed(1)}`}
          transform="rotate(-90 60 60)"
        />
        <text x="60" y="62" text-anchor="middle" class="big">
          {number(speech, 1)}
        </text>
        <text x="60" y="82" text-anchor="middle" class="tick">
          {share >= 1 ? t("ring.enough") : t("ring.of", { needed: seconds(needed) })}
        </text>
      </svg>
    </div>
  );
}
