import type { Slug } from "../error.ts";
import type { Help } from "./types.ts";

/** Problems with a recording or with the file that contains it. */
export const audioHelp = {
  "audio-invalid-samples": {
    meaning: "The file contains samples that aren't numbers or that are far beyond full scale.",
    remedy: "Check how the file was written: floating-point samples must be finite, with full scale at 1.",
  },
  "audio-low-quality": {
    meaning:
      "Too many samples are clipped, or the speech is hardly louder than the background noise. " +
      "Enrollment rejects such a clip because it would weaken every later decision about the speaker.",
    remedy: "Record again in a quieter place, and at a lower level if the recording is clipped.",
  },
  "audio-multiple-speakers": {
    meaning: "The clip appears to contain more than one person, and this registry doesn't enroll such clips.",
    remedy: "Record one person alone, or select that person's part of the recording with `segment`.",
  },
  "audio-no-speech": {
    meaning: "The file was decoded, but no speech was found in it. It may contain silence, noise or music.",
    remedy: "Check that the microphone works and isn't muted, and record a person who speaks.",
  },
  "audio-too-long": {
    meaning:
      "The clip is longer than two minutes, or has more than 11,520,000 samples over all its channels. " +
      "A segment that takes too long to find gets the same reply.",
    remedy: "Shorten the clip, or upload the whole recording and select a part of it with `segment`.",
  },
  "audio-too-short": {
    meaning: "The clip contains less speech than is needed. Pauses and noise don't count as speech.",
    remedy: "Record a longer clip; `detail` says how many seconds of speech were found and are needed.",
  },
  "audio-truncated": {
    meaning: "The file ends before the audio that its header announces.",
    remedy:
      "Send the complete file; if it was cut off while it was recorded or copied, record or copy it again.",
  },
  "audio-undecodable": {
    meaning: "The bytes aren't an audio file that the service knows, or the file is damaged.",
    remedy: "Check that the file plays, and that you send its bytes rather than its name, its URL or text.",
  },
  "audio-unsupported-codec": {
    meaning: "The service can read the container, but not the codec of the audio in it.",
    remedy: "Convert the file as `detail` says, or record in a supported format such as WAV, FLAC or Opus.",
  },
  "audio-unsupported-container": {
    meaning: "The file is of a kind that the service recognizes but can't read.",
    remedy: "Convert the file as `detail` says, for example to WAV.",
  },
  "audio-unsupported-layout": {
    meaning:
      "The number of channels isn't supported, or the file has two different channels and the request " +
      "doesn't say which of them to use.",
    remedy: "Send one channel, or set `channel` to 0 or 1 to select one of two.",
  },
  "audio-unsupported-rate": {
    meaning: "The sample rate isn't between 8 and 192 kHz.",
    remedy: "Record at 16 kHz or more, or resample the file to a supported rate.",
  },
  "duplicate-clip": {
    meaning:
      "The speaker already has this recording, or the request contains it twice. The same recording " +
      "again would add no information about the voice.",
    remedy: "Send a new recording; to repeat a request safely, send it with the same `Idempotency-Key`.",
  },
  "enrollment-inconsistent": {
    meaning: "The clip doesn't sound like the speaker's other clips. Another person may be speaking in it.",
    remedy:
      "Check who is speaking; if it is the same person, send `force: true` with a key that has " +
      "`speakers:force`.",
  },
  "segment-out-of-range": {
    meaning: "The recording ends before the segment that the request selects.",
    remedy: "Choose a `segment` that lies within the recording.",
  },
} as const satisfies Partial<Record<Slug, Help>>;
