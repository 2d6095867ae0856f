import type { audioHelp } from "./audio.ts";
import type { Help } from "./types.ts";

export const zhAudioHelp: Readonly<Record<keyof typeof audioHelp, Help>> = {
  "audio-invalid-samples": {
    meaning: "文件中有不是数字或远超满幅的采样值。",
    remedy: "请检查文件的写入方式：浮点采样值必须是有限数，满幅为 1。",
  },
  "audio-low-quality": {
    meaning:
      "削波的采样太多，或语音几乎不高于背景噪声。注册时会拒绝这样的音频，因为它会削弱以后对该说话人的每一次判定。",
    remedy: "请在更安静的地方重新录音；如果录音有削波，请降低录音电平。",
  },
  "audio-multiple-speakers": {
    meaning: "音频中似乎不止一个人，而此注册库不注册这样的音频。",
    remedy: "请单独录一个人的声音，或用 `segment` 选出录音中此人说话的部分。",
  },
  "audio-no-speech": {
    meaning: "文件已解码，但其中没有找到语音，可能只有静音、噪声或音乐。",
    remedy: "请确认麦克风正常且未静音，并录下人说话的声音。",
  },
  "audio-too-long": {
    meaning: "音频超过两分钟，或所有声道合计超过 11,520,000 个采样。查找时间过长的片段也会得到此答复。",
    remedy: "请缩短音频，或上传整段录音并用 `segment` 选出其中一部分。",
  },
  "audio-too-short": {
    meaning: "音频中的语音少于所需长度。停顿和噪声不算语音。",
    remedy: "请录得更长一些；`detail` 说明找到了多少秒语音、需要多少秒。",
  },
  "audio-truncated": {
    meaning: "文件在文件头所声明的音频结束之前就结束了。",
    remedy: "请发送完整的文件；如果文件在录制或复制时被截断，请重新录制或复制。",
  },
  "audio-undecodable": {
    meaning: "这些字节不是服务所认识的音频文件，或文件已损坏。",
    remedy: "请确认文件可以播放，并且发送的是文件的字节，而不是文件名、网址或文字。",
  },
  "audio-unsupported-codec": {
    meaning: "服务能读取此容器，但不能读取其中音频的编码。",
    remedy: "请按 `detail` 所说转换文件，或用 WAV、FLAC、Opus 等受支持的格式录音。",
  },
  "audio-unsupported-container": {
    meaning: "服务能识别此类文件，但不能读取。",
    remedy: "请按 `detail` 所说转换文件，例如转成 WAV。",
  },
  "audio-unsupported-layout": {
    meaning: "不支持这样的声道数，或文件有两个不同的声道而请求没有说明使用哪一个。",
    remedy: "请发送单声道，或将 `channel` 设为 0 或 1 以选择其中一个声道。",
  },
  "audio-unsupported-rate": {
    meaning: "采样率不在 8 到 192 kHz 之间。",
    remedy: "请以 16 kHz 或更高的采样率录音，或将文件重采样到受支持的采样率。",
  },
  "duplicate-clip": {
    meaning: "该说话人已有这段录音，或请求中包含两次。同一段录音不会增加关于声音的信息。",
    remedy: "请发送新的录音；若要安全地重复请求，请使用相同的 `Idempotency-Key`。",
  },
  "enrollment-inconsistent": {
    meaning: "这段音频听起来不像该说话人的其他音频，说话的可能是别人。",
    remedy: "请核实说话的是谁；如果是同一个人，请用具有 `speakers:force` 权限的密钥发送 `force: true`。",
  },
  "segment-out-of-range": {
    meaning: "录音在请求所选片段之前就结束了。",
    remedy: "请选择位于录音之内的 `segment`。",
  },
};
