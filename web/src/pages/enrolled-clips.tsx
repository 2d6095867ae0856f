import { ProblemNotice } from "../parts/notice.tsx";
import { linkTo } from "../state/route.ts";
import { number, seconds } from "../text/format.ts";
import { named, t } from "../text/text.ts";
import type { SentClip } from "./use-enrollment.ts";

const TONES = { sending: "", enrolled: "good", refused: "bad" } as const;

/** Each clip of this visit: its quality, its warnings, or why it was refused. */
export function EnrolledClips({
  clips,
  onForce,
}: {
  clips: readonly SentClip[];
  onForce(sent: SentClip): void;
}) {
  if (clips.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="sent-title">
      <h2 id="sent-title">{t("enroll.sent")}</h2>
      <ul class="clip-list" aria-live="polite">
        {clips.map((sent) => (
          <li key={sent.number} class="card">
            <p>
              <span class={`tag ${TONES[sent.state]}`}>{t(`enroll.${sent.state}`)}</span> {sent.clip.name}
            </p>
            {/* biome-ignore lint/a11y/useMediaCaption: a recorded clip has no captions. */}
            <audio controls src={sent.clip.url} aria-label={sent.clip.name} />
            <Outcome sent={sent} onForce={onForce} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Outcome({ sent, onForce }: { sent: SentClip; onForce(sent: SentClip): void }) {
  const { enrolled, problem } = sent;
  if (problem)
    return (
      <div class="outcome">
        <ProblemNotice problem={problem} />
        {problem.slug === "enrollment-inconsistent" && (
          <button type="button" onClick={() => onForce(sent)}>
            {t("enroll.force")}
          </button>
        )}
      </div>
    );
  if (!enrolled) return null;
  const { quality, warnings, similarSpeakers } = enrolled;
  const snr =
    quality.snrDb === null ? "" : `${t("list.comma")}${t("quality.snr", { n: number(quality.snrDb, 0) })}`;
  return (
    <div class="outcome">
      <p>
        {t("quality.speech", {
          speech: seconds(quality.speechSeconds),
          total: seconds(quality.totalSeconds),
        })}
        {snr}
        {t("list.comma")}
        {named("bandwidth", quality.bandwidth)}
      </p>
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          {named("warning", warning)}
        </p>
      ))}
      {similarSpeakers.map(({ id }) => (
        <p key={id} class="warning">
          {t("enroll.similar")} <a href={linkTo("speakers", id)}>{id}</a>
        </p>
      ))}
    </div>
  );
}
