import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Turn } from "../../lib/diarize/error-rate.ts";

/**
 * Returns sherpa-onnx's offline diarization: pyannote's segmentation, embeddings of each local
 * speaker, agglomerative clustering. Settings as in its documentation.
 */
export function peerOf(segmentation: string, embeddings: string): (samples: Float32Array) => Turn[] {
  const { OfflineSpeakerDiarization } = createRequire(import.meta.url)("sherpa-onnx-node");
  const peer = new OfflineSpeakerDiarization({
    segmentation: { pyannote: { model: copied(segmentation, SEGMENTATION) }, numThreads: 1 },
    embedding: { model: copied(embeddings, EMBEDDINGS), numThreads: 1 },
    clustering: { numClusters: -1, threshold: 0.5 },
    minDurationOn: 0.2,
    minDurationOff: 0.5,
  });
  return (samples) =>
    peer.process(samples).map(({ start, end, speaker }: { start: number; end: number; speaker: number }) => ({
      ...{ start, end, speaker: String(speaker) },
    }));
}

/**
 * Returns sherpa-onnx's embedding of 16 kHz samples by a speaker network: log-mel of the whole
 * clip, and the network.
 */
export function embeddingPeerOf(file: string): (samples: Float32Array) => Float32Array {
  const { SpeakerEmbeddingExtractor } = createRequire(import.meta.url)("sherpa-onnx-node");
  const peer = new SpeakerEmbeddingExtractor({
    model: copied(file, { ...EMBEDDINGS, normalize_samples: 0 }),
    numThreads: 1,
  });
  return (samples) => {
    const stream = peer.createStream();
    stream.acceptWaveform({ samples, sampleRate: EMBEDDINGS.sample_rate });
    stream.inputFinished();
    return peer.compute(stream);
  };
}

/** Returns the path of a copy with the entries that sherpa-onnx needs. */
function copied(file: string, metadata: Record<string, unknown>): string {
  const copy = join(mkdtempSync(join(tmpdir(), "voiceroll-peer-")), basename(file));
  writeFileSync(copy, withMetadata(readFileSync(file), metadata));
  return copy;
}

/** What sherpa-onnx reads from its own exports, samples at 16 kHz. Entries of a file come first. */
const EMBEDDINGS = {
  framework: "3d-speaker",
  language: "multilingual",
  sample_rate: 16_000,
  output_dim: 192,
  normalize_samples: 1,
  feature_normalize_type: "global-mean",
};
const SEGMENTATION = {
  num_speakers: 3,
  powerset_max_classes: 2,
  num_classes: 7,
  sample_rate: 16_000,
  window_size: 160_000,
  receptive_field_size: 991,
  receptive_field_shift: 270,
};

/** Appends entries of field 14 of ONNX's ModelProto, metadata_props. */
function withMetadata(network: Buffer, metadata: Record<string, unknown>): Buffer {
  if (network.includes("sample_rate")) return network;
  const field = (number: number, bytes: Buffer) =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const entries = Object.entries(metadata).map(([key, value]) =>
    field(14, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(String(value)))])),
  );
  return Buffer.concat([network, ...entries]);
}
