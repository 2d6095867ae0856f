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
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-peer-"));
  const copied = (file: string, metadata: Record<string, unknown>) => {
    const copy = join(folder, basename(file));
    writeFileSync(copy, withMetadata(readFileSync(file), metadata));
    return copy;
  };
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
