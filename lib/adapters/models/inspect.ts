import "../model/no-telemetry.ts";
import * as ort from "onnxruntime-node";
import { inputBins, isWaveform } from "../../audio/features/model-input.ts";
import type { InputRecipe } from "../../audio/types.ts";
import { tensorShape } from "../model/network.ts";
import { refused } from "./library.ts";

/** What a manifest says about the network; it may leave out `input` and `output`. */
type Stated = {
  features: InputRecipe;
  dimension: number;
  input?: string | undefined;
  output?: string | undefined;
};

/** Frames of two clips. No export would be fixed at either of these sizes. */
const PROBE_FRAMES = [98, 317] as const;

/**
 * Opens a network and runs it twice. It must take [1][frames][melBins] or [1][samples] float32 of
 * any length and return one finite embedding of `dimension` values that depends on its input.
 *
 * returns the names of its input and output
 *
 * Rejects with `validation-failed`; the message describes the network and what to do.
 */
export async function inspectNetwork(
  bytes: Uint8Array,
  stated: Stated,
): Promise<{ input: string; output: string }> {
  const session = await open(bytes);
  try {
    const names = { input: inputOf(session, stated), output: outputOf(session, stated) };
    const short = await probe(session, names, PROBE_FRAMES[0], stated.features);
    const long = await probe(session, names, PROBE_FRAMES[1], stated.features);
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
    const reason = messageOf(cause);
    const hint = /external data|external_data/i.test(reason)
      ? "Its weights are in another file. Export it as a single file."
      : "Check that it is a complete ONNX file and not, for example, an HTML page.";
    throw refused(`The file can't be opened as an ONNX network (${reason}). ${hint}`);
  }
}

function inputOf({ inputMetadata }: ort.InferenceSession, { input, features }: Stated): string {
  const names = inputMetadata.map(({ name }) => name).join(", ");
  const [only] = inputMetadata;
  if (!only || inputMetadata.length !== 1)
    throw refused(
      `The network has ${inputMetadata.length} inputs (${names}). It must have exactly one: log-mel frames ` +
        "[batch][frames][bins], or samples [batch][samples]. Export it with that as its only input.",
    );
  if (input !== undefined && only.name !== input)
    throw refused(`The network's input is ${only.name}, but the manifest states ${input}.`);
  if (!only.isTensor || only.type !== "float32")
    throw refused(`The network's input ${only.name} is ${typeOf(only)}. Export it in float32.`);
  if (isWaveform(features)) checkSamples(only.name, only.shape);
  else checkFrames(only.name, only.shape, features.melBins);
  return only.name;
}

/** An unknown shape (empty) isn't checked here: the probe finds out. */
function checkFrames(name: string, shape: Shape, melBins: number): void {
  const wrong = (reason: string) => wrongShape(name, shape, reason);
  if (shape.length === 0) return;
  const [batch, frames, bins] = shape;
  if (batch === undefined || frames === undefined || bins === undefined || shape.length !== 3)
    throw wrong(
      "it must have three axes, [batch][frames][bins] of log-mel. If it takes samples, set " +
        '"features" in the manifest to { "kind": "waveform", "sampleRateHz": 16000, "sampleScale": 1 }.',
    );
  if (isFixed(batch) && batch !== 1) throw wrong("the batch must be 1 or dynamic.");
  if (frames === melBins && !isFixed(bins))
    throw wrong(
      "bins come before frames. It must be [batch][frames][bins]; export it with the axes swapped.",
    );
  if (isFixed(frames))
    throw wrong(`it takes exactly ${frames} frames. Export it with a dynamic axis for the frames.`);
  if (isFixed(bins) && bins !== melBins)
    throw wrong(`it takes ${bins} bins, but the manifest's features have melBins ${melBins}.`);
}

function checkSamples(name: string, shape: Shape): void {
  const wrong = (reason: string) => wrongShape(name, shape, reason);
  if (shape.length === 0) return;
  const [batch, samples] = shape;
  if (batch === undefined || samples === undefined || shape.length !== 2)
    throw wrong("it must have two axes, [batch][samples] of a waveform.");
  if (isFixed(batch) && batch !== 1) throw wrong("the batch must be 1 or dynamic.");
  if (isFixed(samples))
    throw wrong(`it takes exactly ${samples} samples. Export it with a dynamic axis for the samples.`);
}

type Shape = readonly (number | string)[];

function wrongShape(name: string, shape: Shape, reason: string) {
  const shown = `[${shape.map((size) => (isFixed(size) ? size : size || "?")).join("][")}]`;
  return refused(`The network's input ${name} is ${shown}: ${reason}`);
}

function outputOf({ outputMetadata }: ort.InferenceSession, { output }: Stated): string {
  const names = outputMetadata.map(({ name }) => name);
  if (output !== undefined && !names.includes(output))
    throw refused(`The network has no output ${output}. It has: ${names.join(", ")}.`);
  if (output !== undefined) return output;
  const [only] = names;
  if (only === undefined || names.length !== 1)
    throw refused(
      `The network has ${names.length} outputs (${names.join(", ")}). Set "output" in the manifest to the ` +
        "name of the embedding.",
    );
  return only;
}

async function probe(
  session: ort.InferenceSession,
  { input, output }: { input: string; output: string },
  frames: number,
  recipe: InputRecipe,
): Promise<Float32Array> {
  const bins = inputBins(recipe);
  const [scale, size, form] = isWaveform(recipe)
    ? [recipe.sampleScale / 3, `${frames * bins} samples`, "[batch][samples] with any number of samples"]
    : [3, `${frames} frames of ${bins} bins`, "[batch][frames][bins] with any number of frames"];
  // Silence won't do: some networks divide by the input's spread.
  const values = Float32Array.from({ length: frames * bins }, (_, i) => scale * Math.sin(i * i + frames));
  const shape = tensorShape({ frames, bins }, 1, isWaveform(recipe));
  const tensor = new ort.Tensor("float32", values, shape);
  const found = await session.run({ [input]: tensor }, [output]).catch((cause) => {
    throw refused(`The network can't run on ${size}: ${messageOf(cause)}. It must take ${form}.`);
  });
  const { data, type } = found[output] ?? {};
  if (!(data instanceof Float32Array))
    throw refused(`The network's output ${output} is ${type}. Export it in float32.`);
  return data;
}

function checkEmbeddings(short: Float32Array, long: Float32Array, dimension: number): void {
  if (short.length !== long.length)
    throw refused(
      `The network returns ${short.length} values for a short clip and ${long.length} for a longer one, so ` +
        `its output isn't one embedding per clip. Set "output" in the manifest to the pooled output.`,
    );
  if (short.length !== dimension)
    throw refused(
      `The network returns ${short.length} values, but the manifest states dimension ${dimension}.`,
    );
  if (![...short, ...long].every(Number.isFinite))
    throw refused("The network returns NaN or infinite values for ordinary input, so it can't be used.");
  if (short.every((x, i) => x === long[i]))
    throw refused("The network returns the same embedding for any input, so it can't be used.");
}

/** Axes without a fixed size are strings, or -1. */
const isFixed = (size: number | string): size is number => typeof size === "number" && size > 0;

const typeOf = (value: ort.InferenceSession.ValueMetadata) => (value.isTensor ? value.type : "not a tensor");

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
