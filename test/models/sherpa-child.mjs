/**
 * Embeds WAV files (16 kHz, 16 bit, 44 bytes of header) with sherpa-onnx and prints one JSON line
 * for each: `node sherpa-child.mjs MODEL WAV...`. It is a separate process because sherpa-onnx
 * contains another build of the ONNX runtime, and exits on a bad model.
 */
import { readFileSync } from "node:fs";
import sherpa from "sherpa-onnx-node";

const [model, ...files] = process.argv.slice(2);
const extractor = new sherpa.SpeakerEmbeddingExtractor({ model, numThreads: 1, debug: false });
for (const file of files) {
  const wav = readFileSync(file);
  const samples = Float32Array.from(
    { length: (wav.length - 44) / 2 },
    (_, i) => wav.readInt16LE(44 + 2 * i) / 32_768,
  );
  const stream = extractor.createStream();
  stream.acceptWaveform({ sampleRate: 16_000, samples });
  stream.inputFinished();
  console.log(JSON.stringify([...extractor.compute(stream, false)]));
}
