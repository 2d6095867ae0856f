import { roundedDown } from "../lib/domain/scoring/speech.ts";
import { type DecisionReply, type IdentifyReply, REFUSALS, type Reason } from "../lib/schema/decision.ts";
import type { QualityView } from "../lib/schema/measures.ts";
import type { ScoreView, ThresholdView } from "../lib/schema/score.ts";
import type { Lang } from "./options.ts";
import { percent } from "./print.ts";
import { columnsOf } from "./text/columns.ts";
import { WORDS } from "./words.ts";

type Line = readonly [label: string, text: string];

export function compareText(lang: Lang, paths: readonly [string, string], reply: DecisionReply): string {
  const w = WORDS[lang];
  const a = reply.qualityA ? paths[0] + w.parenthesized(speechOf(lang, reply.qualityA)) : paths[0];
  return lines(lang, [
    [w.clipA, a],
    [w.clipB, paths[1] + w.parenthesized(speechOf(lang, reply.quality))],
    ...decisionLines(lang, reply, { accept: w.same, reject: w.different, inconclusive: w.inconclusive }),
  ]);
}

export function verifyText(lang: Lang, path: string, reply: DecisionReply): string {
  const w = WORDS[lang];
  return lines(lang, [
    [w.speaker, reply.speaker ?? ""],
    [w.clip, path + w.parenthesized(speechOf(lang, reply.quality))],
    ...decisionLines(lang, reply, { accept: w.accepted, reject: w.rejected, inconclusive: w.inconclusive }),
  ]);
}

export function identifyText(lang: Lang, path: string, reply: IdentifyReply): string {
  const w = WORDS[lang];
  const [best] = reply.candidates;
  const verdict = {
    match: w.match,
    unknown: w.unknown,
    ambiguous: w.ambiguous,
    inconclusive: w.inconclusive,
  };
  const name = reply.decision === "match" && best ? `${w.colon}${best.speaker}` : reasonText(lang, reply);
  const { threshold } = reply;
  return lines(lang, [
    [w.clip, path + w.parenthesized(speechOf(lang, reply.quality))],
    ...reply.candidates.map((one, i): Line => {
      return [i === 0 ? w.candidates : "", `${one.speaker}  ${scoreText(lang, one.score)}`];
    }),
    ...(threshold
      ? [
          [
            w.threshold,
            thresholdText(lang, threshold) +
              w.parenthesized(
                w.openSet(rateText(lang, threshold.far), reply.searched, threshold.extrapolated),
              ),
          ] as const,
        ]
      : []),
    [w.verdict, `${verdict[reply.decision]}${name}`],
    ...notes(lang, reply),
  ]);
}

function decisionLines(
  lang: Lang,
  reply: DecisionReply,
  verdict: Record<DecisionReply["decision"], string>,
): Line[] {
  const w = WORDS[lang];
  const { score, threshold } = reply;
  const measured =
    threshold &&
    w.point(
      rateText(lang, threshold.far),
      rateText(lang, threshold.frr),
      threshold.genuineTrials,
      threshold.impostorTrials,
    );
  const isRefused = REFUSALS.some((reason) => reply.reasons.includes(reason));
  const why = reply.decision === "inconclusive" || isRefused ? reasonText(lang, reply) : "";
  return [
    ...(score ? [[w.score, scoreText(lang, score)] as const] : []),
    ...(threshold
      ? [[w.threshold, thresholdText(lang, threshold) + w.parenthesized(measured ?? "")] as const]
      : []),
    [w.verdict, `${verdict[reply.decision]}${why}`],
    ...notes(lang, reply),
  ];
}

/** Chinese writes no space before the percent sign. */
const rateText = (lang: Lang, rate: number) =>
  lang === "zh" ? percent(rate).replace(" ", "") : percent(rate);

const speechOf = (lang: Lang, quality: QualityView) => WORDS[lang].speech(roundedDown(quality.speechSeconds));

const thresholdText = (lang: Lang, threshold: ThresholdView) =>
  `${WORDS[lang].methods[threshold.method]} ${threshold.value.toFixed(3)}`;

function scoreText(lang: Lang, score: ScoreView): string {
  const w = WORDS[lang];
  const own = `${w.methods[score.method]} ${score.value.toFixed(3)}`;
  const cosine = `${w.methods.cosine} ${score.cosine.toFixed(4)}`;
  const asNorm = score.asNorm === null ? [] : [`${w.methods["as-norm"]} ${score.asNorm.toFixed(3)}`];
  const shown =
    score.method === "as-norm"
      ? [own, cosine]
      : score.method === "cosine"
        ? [cosine, ...asNorm]
        : [own, cosine, ...asNorm];
  const llr = score.llr === null ? [] : [`${w.llr} ${score.llr.toFixed(2)}`];
  return [...shown, ...llr].join(w.comma);
}

function reasonText(lang: Lang, { reasons }: { reasons: readonly Reason[] }): string {
  const w = WORDS[lang];
  const explaining = reasons
    .filter((reason) => !NOTE_REASONS.includes(reason))
    .map((reason) => w.reasons[reason]);
  return explaining.length > 0 ? w.colon + explaining.join(w.comma) : "";
}

function notes(
  lang: Lang,
  reply: Pick<DecisionReply, "lowEvidence" | "reasons" | "replayOf" | "replaySuspected" | "warnings">,
): Line[] {
  const w = WORDS[lang];
  const texts = [
    ...(reply.replaySuspected ? [reply.replayOf ? w.replayOf[reply.replayOf] : w.replay] : []),
    ...(isMixedNote(reply) ? [w.reasons.multiple_speakers] : []),
    ...(reply.lowEvidence ? [w.lowEvidence] : []),
    ...NOTE_REASONS.filter((reason) => reply.reasons.includes(reason)).map((reason) => w.reasons[reason]),
    ...(reply.warnings.includes("too-quiet") ? [w.tooQuiet] : []),
    ...(reply.warnings.includes("narrow-band") ? [w.telephone] : []),
    ...(reply.warnings.includes("probe-embedding") ? [w.probeEmbedding] : []),
    ...(reply.warnings.includes("thresholds-not-of-your-voices") ? [w.notOfYourVoices] : []),
    w.noSpoofCheck,
  ];
  return texts.map((text) => [w.note, text]);
}

/** A registry that refuses such clips gives it as the reason already. */
const isMixedNote = ({ reasons, warnings }: Pick<DecisionReply, "reasons" | "warnings">): boolean =>
  warnings.includes("multiple-speakers-suspected") && !reasons.includes("multiple_speakers");

/** Reasons that can accompany any decision and don't explain it. */
const NOTE_REASONS: readonly Reason[] = ["enrollment_short", "low_quality"];

/** Aligns the labels in a column. */
function lines(lang: Lang, all: readonly Line[]): string {
  const width = Math.max(...all.map(([label]) => columnsOf(label)));
  const { colon } = WORDS[lang];
  return all
    .map(
      ([label, text]) =>
        (label ? label + colon : "") +
        " ".repeat(width - columnsOf(label) + (label ? 0 : columnsOf(colon))) +
        text,
    )
    .join("\n");
}
