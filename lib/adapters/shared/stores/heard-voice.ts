import type { Stranger } from "../../../ports/candidate-voice.ts";
import { decodeInt32, encodeInt32 } from "../../../score/scoring/codec.ts";

/** A voice as JSON: its embedding is base64. */
export type StoredVoice<Voice extends Stranger> = Omit<Voice, "embedding"> & { embedding: string };

export const storedVoice = <Voice extends Stranger>(voice: Voice): StoredVoice<Voice> => ({
  ...voice,
  embedding: Buffer.from(encodeInt32(voice.embedding)).toString("base64"),
});

export const voiceOf = <Voice extends Stranger>({ embedding, ...voice }: StoredVoice<Voice>) =>
  ({
    ...voice,
    embedding: decodeInt32(new Uint8Array(Buffer.from(embedding, "base64"))),
  }) as unknown as Voice;
