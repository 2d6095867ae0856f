import { expect, test } from "vitest";
import { toMono16k } from "../../lib/audio/mono.ts";
import { pcmOf } from "../support/pcm.ts";
import { tone } from "../support/wav.ts";

const left = tone(300, 16_000, 0.1);
const right = tone(700, 16_000, 0.1);
const slug = (name: string) => expect.objectContaining({ slug: name });
const mono = (channels: Float32Array[], channel?: number, sampleRateHz = 16_000) =>
  toMono16k(pcmOf({ sampleRateHz, channels }), channel);

test("returns one channel at 16 kHz unchanged, even a little over full scale", () => {
  const loud = left.map((x) => x * 2.4);
  expect(mono([loud])).toEqual(loud);
});

test("channels that differ need `channel`, and that channel is returned", () => {
  expect(() => mono([left, right])).toThrow(slug("audio-unsupported-layout"));
  expect(mono([left, right], 0)).toEqual(left);
  expect(mono([left, right], 1)).toEqual(right);
});

test("treats channels as equal if they differ by no more than a lossy codec changes", () => {
  const times = (gain: number) => left.map((x, i) => x + gain * right[i]);
  expect(mono([left, times(0.001)])).toEqual(left);
  expect(() => mono([left, times(0.03)])).toThrow(slug("audio-unsupported-layout"));
  expect(mono([left, new Float32Array(left.length)])).toEqual(left);
});

test("rejects a missing channel, and more than two channels with or without `channel`", () => {
  for (const channel of [2, -1, 0.5, Number.NaN]) {
    expect(() => mono([left, left], channel)).toThrow(slug("audio-unsupported-layout"));
  }
  for (const count of [3, 8, 9, 0]) {
    expect(() => mono(Array<Float32Array>(count).fill(left), 0)).toThrow(slug("audio-unsupported-layout"));
  }
});

test("converts rates from 8 to 192 kHz and rejects others", () => {
  expect(mono([left], undefined, 8_000)).toHaveLength(2 * left.length);
  expect(mono([left], undefined, 192_000)).toHaveLength(Math.ceil(left.length / 12));
  for (const rate of [0, 7_999, 192_001, Number.NaN]) {
    expect(() => mono([left], undefined, rate)).toThrow(slug("audio-unsupported-rate"));
  }
});

test("one invalid sample makes only its own channel invalid", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1e30, 101]) {
    const spoilt = left.map((x, i) => (i === 7 ? bad : x));
    expect(() => mono([spoilt])).toThrow(slug("audio-invalid-samples"));
    expect(() => mono([spoilt, spoilt])).toThrow(slug("audio-invalid-samples"));
    expect(() => mono([right, spoilt], 1)).toThrow(slug("audio-invalid-samples"));
    expect(mono([right, spoilt], 0)).toEqual(right);
  }
});

test("takes the channel that has the sound if the other is silent, and either of opposite ones", () => {
  const voice = Float32Array.from({ length: 40_000 }, (_, i) => (i < 9_000 ? 0 : 0.3 * Math.sin(i / 7)));
  const silent = new Float32Array(40_000).fill(1e-5);
  const mono = (left: Float32Array, right: Float32Array) =>
    toMono16k(pcmOf({ sampleRateHz: 16_000, channels: [left, right] }), undefined);
  const expected = mono(voice, voice);
  expect(mono(voice, silent)).toEqual(expected);
  expect(mono(silent, voice).subarray(9_000)).toEqual(expected.subarray(9_000));
  expect(
    mono(
      voice,
      voice.map((x) => -x),
    ),
  ).toEqual(expected);
  const late = silent.map((x, i) => (i > 30_000 ? 0.2 * Math.sin(i / 3) : x));
  expect(() => mono(late, voice)).toThrow(/channels differ/);
  expect(() => mono(voice, late)).toThrow(/channels differ/);
});
