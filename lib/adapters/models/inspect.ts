import "../model/no-telemetry.ts";
import * as ort from "onnxruntime-node";
import { refused } from "./library.ts";

/** What a manifest says of the network; `input` and `output` where it names them. */
export type Stated = {
  melBins: number;
  dimension: number;
  input?: string | undefined;
  output?: string | undefined;
};

/** Two clips' worth of frames; neither is a size that an export would be fixed at. */
const PROBE_FRAMES = [98, 317] as const;

/**
 * Opens the file's bytes and runs it twice: does it take [1][frames][melBins] float32, as many frames as there are, and give
 * one finite embedding of `dimension` values that follows from its input?
 *
 * returns the names of its input and output
 * Rejects with `validation-failed`; the detail says what the network is like and what to do.
 */
export async function inspectNetwork(
  bytes: Uint8Array,
  stated: Stated,
): Promise<{ input: string; output: string }> {
  const session = await open(bytes);
  try {
    const names = { input: inputOf(session, stated), output: outputOf(session, stated) };
    const [short, long] = [
      await probe(session, names, PROBE_FRAMES[0], stated.melBins),
      await probe(session, names, PROBE_FRAMES[1], stated.melBins),
    ];
    checkEmbeddings(short, long, stated.dimension);
    return names;
  } finally {
    await session.release();
  }
}

async function open(bytes: Uint8Array): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  } catch (cause) {
    const why = messageOf(cause);
    const hint = /external data|external_data/i.test(why)
      ? "Its weights lie in another file: export it as one file."
      : "Check that it is a whole ONNX file, not a page that says where one is.";
    throw refused(`The file cannot be opened as an ONNX network (${why}). ${hint}`);
  }
}

function inputOf({ inputMetadata }: ort.InferenceSession, { input, melBins }: Stated): string {
  const names = inputMetadata.map(({ name }) => name).join(", ");
  if (inputMetadata.length !== 1)
    throw refused(
      `The network has ${inputMetadata.length} inputs (${names}); only networks with one are taken: log-mel frames, ` +
        "[batch][frames][bins]. Export it so that the features are its only input.",
    );
  const [one] = inputMetadata;
  if (input !== undefined && one.name !== input)
    throw refused(`The network's input is ${one.name}, the manifest says ${input}.`);
  if (!one.isTensor || one.type !== "float32")
    throw refused(`The network's input ${one.name} is ${typeOf(one)}, not float32; export it in float32.`);
  checkShape(one.name, one.shape, melBins);
  return one.name;
}

/** An unknown shape (empty) is left to the probe. */
function checkShape(name: string, shape: readonly (number | string)[], melBins: number): void {
  const shown = `[${shape.map((size) => (isFixed(size) ? size : size || "?")).join("][")}]`;
  const wrong = (why: string) => refused(`The network's input ${name} is ${shown}: ${why}`);
  if (shape.length === 0) return;
  if (shape.length !== 3) throw wrong("it must have three axes, [batch][frames][bins] of log-mel.");
  const [batch, frames, bins] = shape;
  if (isFixed(batch) && batch !== 1) throw wrong("the batch must be 1 or free.");
  if (frames === melBins && !isFixed(bins))
    throw wrong(
      "bins come before frames; only [batch][frames][bins] is taken. Export it with the axes swapped.",
    );
  if (isFixed(frames))
    throw wrong(`it takes exactly ${frames} frames; export it with a dynamic axis for the frames.`);
  if (isFixed(bins) && bins !== melBins)
    throw wrong(`it takes ${bins} bins, the manifest's features have melBins ${melBins}.`);
}

function outputOf({ outputMetadata }: ort.InferenceSession, { output }: Stated): string {
  const names = outputMetadata.map(({ name }) => name);
  if (output !== undefined && !names.includes(output))
    throw refused(`The network has no output ${output}; it has: ${names.join(", ")}.`);
  if (output === undefined && names.length !== 1)
    throw refused(
      `The network has ${names.length} outputs (${names.join(", ")}); say in the manifest's "output" which is the embedding.`,
    );
  return output ?? names[0];
}

async function probe(
  session: ort.InferenceSession,
  { input, output }: { input: string; output: string },
  frames: number,
  bins: number,
): Promise<Float32Array> {
  // Not silence: some networks divide by the features' spread.
  const values = Float32Array.from({ length: frames * bins }, (_, i) => 3 * Math.sin(i * i + frames));
  const features = new ort.Tensor("float32", values, [1, frames, bins]);
  const found = await session.run({ [input]: features }, [output]).catch((cause) => {
    throw refused(
      `The network does not take ${frames} frames of ${bins} bins: ${messageOf(cause)}. ` +
        "It must take [batch][frames][bins] with as many frames as the clip has.",
    );
  });
  const { data, type } = found[output];
  if (!(data instanceof Float32Array))
    throw refused(`The network's output ${output} is ${type}, not float32.`);
  return data;
}

function checkEmbeddings(short: Float32Array, long: Float32Array, dimension: number): void {
  if (short.length !== long.length)
    throw refused(
      `The network gives ${short.length} values for a short clip and ${long.length} for a longer one: not one embedding ` +
        "a clip. Name the pooled output in the manifest.",
    );
  if (short.length !== dimension)
    throw refused(`The network gives ${short.length} values, the manifest says dimension ${dimension}.`);
  if (![...short, ...long].every(Number.isFinite))
    throw refused("The network gives values that are no numbers for ordinary input; it cannot be used.");
  if (short.every((x, i) => x === long[i]))
    throw refused("The network gives the same embedding whatever it hears; it cannot be used.");
}

/** Axes without a size are strings, or -1. */
const isFixed = (size: number | string): size is number => typeof size === "number" && size > 0;

const typeOf = (value: ort.InferenceSession.ValueMetadata) => (value.isTensor ? value.type : "no tensor");

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
