/** A clip that a person recorded or chose, before it is sent. */
export type AudioClip = { name: string; blob: Blob; url: string };

/** The largest body that the API accepts, with room for the other parts of a multipart body. */
const MOST_BYTES = 4_300_000;
const RATE = 16_000;

export const clipOf = (name: string, blob: Blob): AudioClip => ({
  name,
  blob,
  url: URL.createObjectURL(blob),
});

export async function sampleClip(name: string): Promise<AudioClip> {
  const reply = await fetch(`/console/samples/${name}.wav`);
  if (!reply.ok) throw new Error(`The sample ${name} isn't installed on this server.`);
  return clipOf(`${name}.wav`, await reply.blob());
}

/**
 * Returns what to send for a clip: the file as it is, or, if it is too large for a body, its sound
 * as 16-bit WAV at 16 kHz, mono. Two minutes are 3.8 MB then.
 */
export async function bodyOf({ blob }: AudioClip, mostBytes = MOST_BYTES): Promise<Blob> {
  if (blob.size <= mostBytes) return blob;
  const context = new OfflineAudioContext(1, 1, RATE);
  const decoded = await context.decodeAudioData(await blob.arrayBuffer()).catch(() => undefined);
  // The server says what is wrong with a file that the browser can't decode.
  if (!decoded) return blob;
  return wavOf(mixed(decoded));
}

function mixed(buffer: AudioBuffer): Float32Array {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  return Float32Array.from({ length: buffer.length }, (_, i) => {
    const sum = channels.reduce((total, channel) => total + (channel[i] ?? 0), 0);
    return sum / channels.length;
  });
}

/** 16-bit PCM WAV, mono, at 16 kHz. */
function wavOf(samples: Float32Array): Blob {
  const header = new DataView(new ArrayBuffer(44));
  new TextEncoder().encodeInto("RIFF    WAVEfmt ", new Uint8Array(header.buffer));
  new TextEncoder().encodeInto("data", new Uint8Array(header.buffer, 36));
  header.setUint32(4, 36 + 2 * samples.length, true);
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, 2 * RATE, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  header.setUint32(40, 2 * samples.length, true);
  const levels = Int16Array.from(samples, (one) => Math.round(Math.max(-1, Math.min(1, one)) * 32767));
  return new Blob([header, levels], { type: "audio/wav" });
}
