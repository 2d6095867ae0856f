import type { Slug } from "../../lib/error.ts";
import type { Reason } from "../../lib/schema/decision.ts";
import { music, speech, tone, whiteNoise } from "./sounds.ts";

/**
 * The row in docs/bad-input.md, the sound, its samples, the slug at enrollment, and the reason in
 * decisions.
 */
export const sounds: readonly [
  row: string,
  what: string,
  make: () => Promise<Float32Array> | Float32Array,
  slug: Slug,
  reason: Reason,
][] = [
  ["A20", "digital silence", () => new Float32Array(48_000), "audio-no-speech", "no_speech"],
  ["A20", "DC only", () => new Float32Array(48_000).fill(0.3), "audio-no-speech", "no_speech"],
  [
    "A21",
    "0.2 s of speech",
    async () => (await speech("awb/1")).slice(8000, 11_200),
    "audio-too-short",
    "not_enough_speech",
  ],
  [
    "A21",
    "0.8 s of speech",
    async () => (await speech("awb/1")).slice(16_000, 28_800),
    "audio-too-short",
    "not_enough_speech",
  ],
  ["A22", "10 s of a tone", () => tone(10), "audio-no-speech", "no_speech"],
  ["A22", "10 s of noise", () => whiteNoise(10), "audio-no-speech", "no_speech"],
  ["A22", "10 s of music", () => music(10), "audio-no-speech", "no_speech"],
];
