/** The processing of calls changes voices, so none is asked for (docs/audio.md). */
const CONSTRAINTS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export type Recording = {
  /** The level of the last 50 ms in dB relative to full scale, -100 for digital silence. */
  levelDb(): number;
  /** What was recorded since the start or the last cut. Recording continues. */
  soFar(): Promise<Blob>;
  /** The same, and the next piece starts. */
  cut(): Promise<Blob>;
  stop(): Promise<Blob>;
};

export const canRecord = (): boolean => navigator.mediaDevices !== undefined && "MediaRecorder" in globalThis;

/** Starts recording. Rejects if there is no microphone, or if its use was refused. */
export async function startRecording(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: CONSTRAINTS });
  const meter = levelMeter(stream);
  let piece = startPiece(stream);
  return {
    levelDb: meter.levelDb,
    soFar: () => piece.soFar(),
    cut() {
      // The next piece starts before this one ends, so that no speech is lost.
      const ended = piece;
      piece = startPiece(stream);
      return ended.stop();
    },
    async stop() {
      const blob = await piece.stop();
      for (const track of stream.getTracks()) track.stop();
      await meter.close();
      return blob;
    },
  };
}

type Piece = { soFar(): Promise<Blob>; stop(): Promise<Blob> };

function startPiece(stream: MediaStream): Piece {
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, {
    ...(type ? { mimeType: type } : {}),
    audioBitsPerSecond: 96_000,
  });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  const whole = () => new Blob(parts, { type: recorder.mimeType.replace(/;.*/, "") });
  return {
    async soFar() {
      const part = new Promise((resolve) =>
        recorder.addEventListener("dataavailable", resolve, { once: true }),
      );
      if (recorder.state !== "inactive") recorder.requestData();
      await Promise.race([part, stopped]);
      return whole();
    },
    async stop() {
      if (recorder.state !== "inactive") recorder.stop();
      await stopped;
      return whole();
    },
  };
}

function levelMeter(stream: MediaStream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    levelDb(): number {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
      return power > 1e-10 ? 10 * Math.log10(power) : -100;
    },
    close: () => context.close(),
  };
}
