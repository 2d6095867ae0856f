import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import { fbank, selectFrames } from "../lib/audio/features/fbank.ts";
import { resample } from "../lib/audio/features/resample.ts";
import { speechFrames } from "../lib/audio/features/vad.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { percentile } from "../test/support/percentile.ts";
import { wav as wavOf } from "../test/support/wav.ts";
import { embeddingPeerOf } from "./diarization/peer.ts";
import { print } from "./measure.ts";
import { enrolled, type Running, send, stop } from "./server.ts";

const RATE_HZ = 16_000;
const WARM_UP = 20;
const RUNS = 50;

type Clip = { name: string; bytes: Uint8Array; type: string };

/**
 * Prints, for each kind of clip, the processor time of one `POST /verify` in all threads of a
 * server, that of the speaker network and the voice-activity network alone, and that of
 * sherpa-onnx-node for the samples of the same clip with the same speaker network: log-mel and
 * network, without a decoder, voice activity, HTTP and a store. The server and the others take
 * turns, so that other work on the machine slows all alike. Linux only.
 */
export async function benchRequests(samplesFolder: string, speech: Float32Array): Promise<void> {
  const loaded = await loadModel(BUNDLED_MODEL);
  const { speaker, detector, vad, model } = loaded.networks;
  const peer = embeddingPeerOf(join(BUNDLED_MODEL, model.file));
  const { server, data } = await enrolled(samplesFolder);
  for (const clip of await clips(speech)) {
    const { samples } = await readSamples({ bytes: clip.bytes });
    const features = fbank(samples, vad.recipe);
    const mask = speechFrames(await detector.run(features), features, vad.threshold);
    const voiced = selectFrames(features, mask);
    const own = () => process.cpuUsage();
    const times = {
      request: new Float64Array(RUNS),
      networks: new Float64Array(RUNS),
      peer: new Float64Array(RUNS),
    };
    for (let i = -WARM_UP; i < RUNS; i++) {
      const before = cpuMs(server);
      await send(server, "/verify?speaker=awb", clip.bytes, clip.type);
      const request = cpuMs(server) - before;
      let start = own();
      await detector.run(features);
      await speaker.run(voiced);
      const networks = own();
      const ofNetworks = (networks.user + networks.system - start.user - start.system) / 1000;
      start = own();
      peer(samples);
      const end = own();
      if (i < 0) continue;
      times.request[i] = request;
      times.networks[i] = ofNetworks;
      times.peer[i] = (end.user + end.system - start.user - start.system) / 1000;
    }
    const [request, networks, other] = [times.request, times.networks, times.peer].map((all) =>
      percentile(all.sort(), 0.5),
    );
    print("verify-cpu", {
      clip: clip.name,
      cpuP50Ms: request,
      networksP50Ms: networks,
      ratio: request / networks,
      sherpaOnnxP50Ms: other,
    });
  }
  await stop(server);
  await loaded.release();
  await rm(data, { recursive: true });
}

/** Milliseconds of processor time of all threads. */
function cpuMs({ process: { pid } }: Running): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

async function clips(speech: Float32Array): Promise<Clip[]> {
  const cut = (seconds: number) =>
    Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => speech[i % speech.length]);
  const wav = (name: string, samples: Float32Array, rateHz = RATE_HZ) =>
    ({ name, bytes: wavOf([samples], { rateHz }), type: "audio/wav" }) satisfies Clip;
  const all = [
    wav("3 s WAV", cut(3)),
    wav("3 s WAV, 48 kHz", resample(cut(3), RATE_HZ, 48_000), 48_000),
    wav("10 s WAV", cut(10)),
  ];
  // Debian's opus-tools. Without it, there are no lines for Opus.
  if (spawnSync("opusenc", ["--version"]).error) return all;
  return [...all, await opus("3 s Opus", cut(3)), await opus("10 s Opus", cut(10))];
}

async function opus(name: string, samples: Float32Array): Promise<Clip> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-opus-"));
  const [source, coded] = [join(folder, "clip.wav"), join(folder, "clip.opus")];
  await writeFile(source, wavOf([samples]));
  execFileSync("opusenc", ["--quiet", "--bitrate", "24", source, coded]);
  const bytes = await readFile(coded);
  await rm(folder, { recursive: true });
  return { name, bytes, type: "audio/ogg" };
}
