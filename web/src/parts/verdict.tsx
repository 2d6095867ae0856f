import type { AnyDecision, IdentificationReply, QualityReply } from "../api/types.ts";
import { ScoreScale } from "../charts/score-scale.tsx";
import { linkTo } from "../state/route.ts";
import { count, number, percent, seconds } from "../text/format.ts";
import { hasText, type Key, named, t } from "../text/text.ts";
import { Icon, type IconName } from "./icon.tsx";

const TONES: Record<AnyDecision["decision"], { tone: string; icon: IconName }> = {
  accept: { tone: "good", icon: "check" },
  match: { tone: "good", icon: "check" },
  reject: { tone: "bad", icon: "cross" },
  unknown: { tone: "bad", icon: "cross" },
  ambiguous: { tone: "warn", icon: "question" },
  inconclusive: { tone: "warn", icon: "question" },
};

export const toneOf = ({ decision }: AnyDecision): string => TONES[decision].tone;

const isSearch = (reply: AnyDecision): reply is IdentificationReply => "candidates" in reply;

/** A decision in words and color, its score against the threshold, and what to do next. */
export function Verdict({ reply, explained = false }: { reply: AnyDecision; explained?: boolean }) {
  const { tone, icon } = TONES[reply.decision];
  const marks = isSearch(reply)
    ? reply.candidates.flatMap(({ speaker, score }) => (score ? [{ label: speaker, score }] : []))
    : reply.score
      ? [{ label: "", score: reply.score }]
      : [];
  return (
    <article class={`verdict ${tone}`} aria-live="polite">
      <header>
        <span class="mark">
          <Icon name={icon} />
        </span>
        <div>
          <h2>{headline(reply)}</h2>
          <p>{reply.reasons.map((reason) => named("reason", reason)).join(t("list.comma"))}</p>
        </div>
      </header>
      {reply.threshold && <ScoreScale marks={marks} threshold={reply.threshold} />}
      {!reply.threshold && marks.length === 0 && (
        <p>{t("verdict.band", { band: named("band", bandOf(reply)) })}</p>
      )}
      {isSearch(reply) && <Candidates reply={reply} />}
      <Advice reply={reply} />
      <dl class="facts">
        {!isSearch(reply) && reply.qualityA && (
          <QualityFacts label={t("verdict.first")} quality={reply.qualityA} />
        )}
        <QualityFacts
          label={t(!isSearch(reply) && reply.qualityA ? "verdict.second" : "verdict.clip")}
          quality={reply.quality}
        />
        {isSearch(reply) && <Fact label={t("verdict.searched")} value={count(reply.searched)} />}
        <Fact label={t("verdict.point")} value={`FAR ${percent(reply.operatingPoint.far)}`} />
      </dl>
      <footer>
        {!explained && <a href={linkTo("decisions", reply.decisionId)}>{t("verdict.explain")}</a>}
        <small>{t("verdict.spoof")}</small>
      </footer>
    </article>
  );
}

const bandOf = (reply: AnyDecision) => (isSearch(reply) ? (reply.candidates[0]?.band ?? "none") : reply.band);

function headline(reply: AnyDecision): string {
  if (isSearch(reply)) {
    const [best] = reply.candidates;
    return t(`decision.${reply.decision}` as Key, { speaker: best?.speaker ?? "" });
  }
  const kind = reply.speaker === null ? "compare" : "verify";
  return t(`decision.${kind}.${reply.decision}` as Key, { speaker: reply.speaker ?? "" });
}

/** Warnings, and the next step for each reason that has one. */
function Advice({ reply }: { reply: AnyDecision }) {
  const lines = [
    ...reply.reasons
      .map((reason) => `next.${reason}`)
      .filter(hasText)
      .map((key) => t(key)),
    ...(reply.lowEvidence ? [t("next.low-evidence")] : []),
    ...(reply.replaySuspected
      ? [t(reply.replayOf ? (`replay.${reply.replayOf}` as Key) : "replay.copy")]
      : []),
    ...reply.warnings.map((warning) => named("warning", warning)),
  ];
  if (lines.length === 0) return null;
  return (
    <ul class="advice">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Candidates({ reply: { candidates, threshold } }: { reply: IdentificationReply }) {
  if (candidates.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t("verdict.candidate")}</th>
          <th scope="col" class="number">
            {t("verdict.score")}
          </th>
          <th scope="col">{t("verdict.evidence")}</th>
        </tr>
      </thead>
      <tbody>
        {candidates.map(({ speaker, score, band }) => (
          <tr key={speaker}>
            <td>
              <a href={linkTo("speakers", speaker)}>{speaker}</a>
            </td>
            <td class={`number ${score && threshold && score.value >= threshold.value ? "good" : ""}`}>
              {score ? number(score.value) : "-"}
            </td>
            <td>{named("band", band)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function QualityFacts({ label, quality }: { label: string; quality: QualityReply }) {
  const { speechSeconds, totalSeconds, snrDb, bandwidth } = quality;
  const snr = snrDb === null ? "" : `${t("list.comma")}${t("quality.snr", { n: number(snrDb, 0) })}`;
  const speech = t("quality.speech", { speech: seconds(speechSeconds), total: seconds(totalSeconds) });
  return <Fact label={label} value={`${speech}${snr}${t("list.comma")}${named("bandwidth", bandwidth)}`} />;
}

export function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
