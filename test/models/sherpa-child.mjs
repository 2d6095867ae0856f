/**
 * Embeds WAV files (16 kHz, 16 bit, 44 bytes of header) by sherpa-onnx: `node sherpa-child.mjs MODEL WAV...`, one JSON line
 * each. A process of its own: sherpa-onnx brings another build of the ONNX runtime, and ends the process on a bad model.
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
