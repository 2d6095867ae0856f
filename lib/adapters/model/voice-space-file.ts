import type { LearnedSpace } from "../../diarize/voice-space.ts";

/** [dimension][dimension] projection, then [dimension] between, float32 little-endian. */
export function encodeVoiceSpace({ projection, between }: LearnedSpace): Uint8Array {
  const values = new Float32Array([...projection, ...between]);
  return new Uint8Array(values.buffer);
}

/** Throws if the length is another one, or a value isn't a number. */
export function decodeVoiceSpace(bytes: Buffer, dimension: number): LearnedSpace {
  const expected = 4 * (dimension * dimension + dimension);
  if (bytes.length !== expected)
    throw new Error(`the voice space has ${bytes.length} bytes instead of ${expected}`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (!values.every(Number.isFinite)) throw new Error("the voice space has values that aren't numbers");
  const projection = values.subarray(0, dimension * dimension);
  return { projection, between: Float64Array.from(values.subarray(dimension * dimension)) };
}
