import type { Reason } from "./decision.ts";

/** Why a decision was made, in Chinese. */
export const zhReasons: Record<Reason, string> = {
  no_speech: "没有检测到语音",
  not_enough_speech: "有效语音太短",
  enrollment_short: "该说话人的注册语音较短",
  low_quality: "录音质量较差",
  above_threshold: "得分达到阈值",
  below_threshold: "得分低于阈值",
  margin_too_small: "与第二名候选人过于接近",
  empty_gallery: "尚无已注册的说话人",
  not_calibrated: "该模型尚未校准，没有实测阈值",
  replay_suspected: "该注册库不接受已知录音的复制品",
  challenge_failed: "转写文本与要求念出的数字不符",
  multiple_speakers: "音频中疑似有多位说话人",
};
