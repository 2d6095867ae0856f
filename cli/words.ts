import type { Reason, ReplayOf } from "../lib/schema/decision.ts";
import { zhReasons } from "../lib/schema/zh-reasons.ts";
import type { Method } from "../lib/score/scoring/types.ts";
import type { Lang } from "./options.ts";

type Words = {
  clipA: string;
  clipB: string;
  clip: string;
  speaker: string;
  score: string;
  threshold: string;
  verdict: string;
  note: string;
  candidates: string;
  methods: Record<Method, string>;
  llr: string;
  colon: string;
  comma: string;
  parenthesized(text: string): string;
  same: string;
  different: string;
  accepted: string;
  rejected: string;
  match: string;
  unknown: string;
  ambiguous: string;
  inconclusive: string;
  point(far: string, frr: string, genuine: number, impostor: number): string;
  openSet(far: string, searched: number, extrapolated: boolean): string;
  speech(seconds: string): string;
  lowEvidence: string;
  replay: string;
  tooQuiet: string;
  replayOf: Record<ReplayOf, string>;
  telephone: string;
  notOfYourVoices: string;
  probeEmbedding: string;
  noSpoofCheck: string;
  reasons: Record<Reason, string>;
};

export const WORDS: Record<Lang, Words> = {
  en: {
    clipA: "clip A",
    clipB: "clip B",
    clip: "clip",
    speaker: "speaker",
    score: "score",
    threshold: "threshold",
    verdict: "verdict",
    note: "note",
    candidates: "candidates",
    methods: { cosine: "cosine", "z-norm": "Z-Norm", "s-norm": "S-Norm", "as-norm": "AS-Norm" },
    llr: "log-likelihood ratio",
    colon: ": ",
    comma: ", ",
    parenthesized: (text) => ` (${text})`,
    same: "the same speaker",
    different: "not the same speaker",
    accepted: "accepted",
    rejected: "rejected",
    match: "match",
    unknown: "unknown voice",
    ambiguous: "ambiguous",
    inconclusive: "inconclusive",
    point: (far, frr, genuine, impostor) =>
      `FAR ${far}, FRR ${frr}, measured on ${genuine} genuine and ${impostor} impostor trials`,
    openSet: (far, searched, extrapolated) =>
      `FAR ${far} over ${searched} speakers${extrapolated ? ", extrapolated beyond the measured range" : ""}`,
    speech: (seconds) => `${seconds} s of speech`,
    lowEvidence: "there is little speech, so the decision is weakly supported",
    replay: "the two recordings are nearly identical; one may be a copy",
    tooQuiet: "the recording is very quiet; record at a higher level",
    replayOf: {
      "enrolled-clip": "the clip is a copy of an enrolled clip",
      "earlier-probe": "the clip is a copy of a probe that was accepted before",
    },
    telephone: "telephone band: no signal above 4 kHz",
    probeEmbedding: "an embedding was sent in place of a recording: copies may not be recognized",
    notOfYourVoices:
      "the thresholds come with the model; fit them on your own voices: voiceroll calibrate --activate",
    noSpoofCheck: "replayed or synthetic voices are not detected",
    reasons: {
      no_speech: "no speech was found",
      not_enough_speech: "too little speech",
      enrollment_short: "the speaker's enrollment is short",
      low_quality: "the recording quality is poor",
      above_threshold: "the score reaches the threshold",
      below_threshold: "the score is below the threshold",
      margin_too_small: "the second candidate is too close",
      empty_gallery: "no speakers are enrolled",
      not_calibrated: "no thresholds were measured with this model",
      replay_suspected: "this registry doesn't accept copies of known recordings",
      multiple_speakers: "the clip appears to contain more than one speaker",
      challenge_failed: "the transcript doesn't have the digits of the challenge",
    },
  },
  zh: {
    clipA: "音频 A",
    clipB: "音频 B",
    clip: "音频",
    speaker: "说话人",
    score: "得分",
    threshold: "判定阈值",
    verdict: "结论",
    note: "提示",
    candidates: "候选人",
    methods: { cosine: "余弦相似度", "z-norm": "Z-Norm", "s-norm": "S-Norm", "as-norm": "AS-Norm" },
    llr: "对数似然比",
    colon: "：",
    comma: "，",
    parenthesized: (text) => `（${text}）`,
    same: "是同一个人",
    different: "不是同一个人",
    accepted: "验证通过",
    rejected: "验证未通过",
    match: "匹配",
    unknown: "未知说话人",
    ambiguous: "无法区分",
    inconclusive: "无法判定",
    point: (far, frr, genuine, impostor) =>
      `误识率 FAR ${far}，拒识率 FRR ${frr}，由 ${genuine} 次同人比对和 ${impostor} 次异人比对测得`,
    openSet: (far, searched, extrapolated) =>
      `误识率 FAR ${far}，共检索 ${searched} 人${extrapolated ? "，阈值由实测值外推" : ""}`,
    speech: (seconds) => `有效语音 ${seconds} 秒`,
    lowEvidence: "有效语音较短，依据不足，结论仅供参考",
    replay: "两段录音几乎完全相同，其中一段可能是复制品",
    tooQuiet: "录音音量过低，请提高录音音量",
    replayOf: {
      "enrolled-clip": "该音频是某段注册录音的复制品",
      "earlier-probe": "该音频是此前通过验证的录音的复制品",
    },
    telephone: "电话频带：4 kHz 以上没有信号",
    probeEmbedding: "以声纹特征代替录音作判定：可能无法识别复制品",
    notOfYourVoices: "阈值随模型提供，并非由您的说话人测得；请运行 voiceroll calibrate --activate 重新校准",
    noSpoofCheck: "不检测录音重放或合成语音",
    reasons: zhReasons,
  },
};
