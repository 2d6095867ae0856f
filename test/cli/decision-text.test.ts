import { expect, test } from "vitest";
import { compareText, identifyText } from "../../cli/decision-text.ts";
import { exitOf } from "../../cli/exit.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import type { DecisionReply, IdentifyReply } from "../../lib/schema/decision.ts";
import type { QualityView } from "../../lib/schema/measures.ts";

const quality: QualityView = {
  totalSeconds: 6,
  speechSeconds: 5.25,
  levelDb: -26,
  snrDb: 30,
  clippedFraction: 0,
  bandwidth: "wide",
};
const provenance = {
  spoofCheck: "none",
  model: "mdl_1",
  cohort: "coh_1",
  calibration: "cal_1",
} as const;
const score = {
  method: "as-norm",
  value: 4.5,
  cosine: 0.7,
  asNorm: 4.5,
  llr: 3.25,
  normalized: true,
  conditions: { seconds: 3, longerSeconds: 5.25, snrDb: 30, bandwidth: "wide" },
} as const;
const threshold = {
  method: "as-norm",
  value: 3,
  asNorm: 3,
  far: 0.001,
  frr: 0.123,
  genuineTrials: 400,
  impostorTrials: 9000,
  measured: null,
  bucket: "any",
  bandwidth: "any",
} as const;
const accepted: DecisionReply = {
  decisionId: "dec_1",
  decision: "accept",
  reasons: ["above_threshold"],
  lowEvidence: false,
  operatingPoint: { far: 0.001 },
  band: "strong",
  score,
  threshold,
  speaker: null,
  quality,
  qualityA: { ...quality, speechSeconds: 3 },
  warnings: [],
  replaySuspected: false,
  replayOf: null,
  watchlist: null,
  ...provenance,
};

test("a comparison shows both paths, the score, the threshold at its FAR, and the verdict", () => {
  expect(compareText("en", ["a.wav", "b.wav"], accepted)).toBe(
    [
      "clip A:    a.wav (3.0 s of speech)",
      "clip B:    b.wav (5.2 s of speech)",
      "score:     AS-Norm 4.500, cosine 0.7000, log-likelihood ratio 3.25",
      "threshold: AS-Norm 3.000 (FAR 0.1 %, FRR 12.3 %, measured on 400 genuine and 9000 impostor trials)",
      "verdict:   the same speaker",
      "note:      replayed or synthetic voices are not detected",
    ].join("\n"),
  );
});

test("a comparison in Chinese", () => {
  const rejected: DecisionReply = { ...accepted, decision: "reject", lowEvidence: true };
  expect(compareText("zh", ["a.wav", "b.wav"], rejected)).toBe(
    [
      "音频 A：  a.wav（有效语音 3.0 秒）",
      "音频 B：  b.wav（有效语音 5.2 秒）",
      "得分：    AS-Norm 4.500，余弦相似度 0.7000，对数似然比 3.25",
      "判定阈值：AS-Norm 3.000（误识率 FAR 0.1%，拒识率 FRR 12.3%，由 400 次同人比对和 9000 次异人比对测得）",
      "结论：    不是同一个人",
      "提示：    有效语音较短，依据不足，结论仅供参考",
      "提示：    不检测录音重放或合成语音",
    ].join("\n"),
  );
});

test("an inconclusive result shows the reason and no score", () => {
  const silent: DecisionReply = {
    ...accepted,
    decision: "inconclusive",
    reasons: ["no_speech"],
    score: null,
    threshold: null,
  };
  const text = compareText("en", ["a", "b"], silent);
  expect(text).not.toMatch(/score|threshold/);
  expect(text).toMatch(/verdict: inconclusive: no speech was found/);
  expect(compareText("zh", ["a", "b"], silent)).toMatch(/结论： +无法判定：没有检测到语音/);
});

test("a clip of several speakers is the reason of a refusal, or else a note", () => {
  const mixed: DecisionReply = { ...accepted, warnings: ["multiple-speakers-suspected"] };
  const note = /note: +the clip appears to contain more than one speaker/;
  expect(compareText("en", ["a", "b"], mixed)).toMatch(note);
  expect(compareText("zh", ["a", "b"], mixed)).toMatch(/提示： +音频中疑似有多位说话人/);
  const refused: DecisionReply = {
    ...mixed,
    decision: "inconclusive",
    reasons: ["multiple_speakers"],
    score: null,
    threshold: null,
  };
  const text = compareText("en", ["a", "b"], refused);
  expect(text).toMatch(/verdict: inconclusive: the clip appears to contain more than one speaker/);
  expect(text).not.toMatch(note);
});

test("an identification shows every candidate, the number of speakers, and an extrapolated threshold", () => {
  const reply: IdentifyReply = {
    decisionId: "dec_1",
    decision: "unknown",
    reasons: ["below_threshold", "enrollment_short"],
    lowEvidence: false,
    operatingPoint: { far: 0.001 },
    candidates: [
      { speaker: parseSpeakerId("alice")!, score, band: "weak" },
      { speaker: parseSpeakerId("bob")!, score: { ...score, value: 1, asNorm: 1 }, band: "none" },
    ],
    margin: 3.5,
    separation: null,
    searched: 2000,
    threshold: { ...threshold, extrapolated: true },
    quality,
    warnings: [],
    replaySuspected: false,
    replayOf: null,
    ...provenance,
  };
  const text = identifyText("en", "x.wav", reply);
  expect(text).toMatch(/candidates: alice {2}AS-Norm 4\.500/);
  expect(text).toMatch(/\n {12}bob {2}AS-Norm 1\.000/);
  expect(text).toMatch(/FAR 0\.1 % over 2000 speakers, extrapolated beyond the measured range/);
  expect(text).toMatch(/verdict: {4}unknown voice: the score is below the threshold\n/);
  expect(text).toMatch(/note: {7}the speaker's enrollment is short/);
  expect(identifyText("en", "x.wav", { ...reply, decision: "match" })).toMatch(/verdict: +match: alice\n/);
});

test("exit codes are 0 for yes, 1 for no, and 3 for inconclusive", () => {
  const decisions = ["accept", "match", "reject", "unknown", "inconclusive", "ambiguous"] as const;
  expect(decisions.map(exitOf)).toEqual([0, 0, 1, 1, 3, 3]);
});
