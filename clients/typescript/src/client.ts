import createClient, { type Client } from "openapi-fetch";
import { blobOf, type Recording, type RecordingBytes, sha256Of, sourcesOf } from "./audio.ts";
import { problemOf } from "./problem.ts";
import { type RetryOptions, retrying } from "./retry.ts";
import type { components, paths } from "./schema.gen.ts";

type Schemas = components["schemas"];
type Options<Body, Own extends keyof Body> = Omit<Body, Own>;
type Job = Schemas["Job"];
/** A recording, or the reply of `embed`. */
type Voice = Recording | Schemas["Probe"];

export type VoicerollOptions = {
  /** Where the server is, such as http://127.0.0.1:7999. */
  url: string;
  /** An API key (`vr_...`), or in a web page a token (`vt_...`). */
  key: string;
  retries?: RetryOptions;
  /** Replaces the platform's fetch. */
  fetch?: (request: Request) => Promise<Response>;
};

/** Milliseconds between two readings of a job: first and longest. */
const POLL_MS = [250, 5000] as const;

/**
 * A registry. Methods reject with `ProblemError` for a reply that isn't a success. `api` has every
 * operation of the API, with the same retries and errors.
 */
export class Voiceroll {
  readonly api: Client<paths>;
  readonly #post: (request: Request) => Promise<Response>;

  constructor({ url, key, retries, fetch = (request) => globalThis.fetch(request) }: VoicerollOptions) {
    const headers = { Authorization: `Bearer ${key}` };
    this.#post = fetch;
    this.api = createClient<paths>({ baseUrl: url, headers, fetch: retrying(fetch, retries) });
    this.api.use({
      onResponse: async ({ response }) => {
        if (!response.ok) throw await problemOf(response);
      },
    });
  }

  /** Adds one or more recordings to a speaker, and creates the speaker if needed. */
  async enroll(
    speaker: string,
    recordings: Recording | readonly Recording[],
    options: Options<Schemas["EnrollRequest"], "audio"> = {},
  ): Promise<Schemas["Enrollment"]> {
    const audio = await this.#sources(isList(recordings) ? recordings : [recordings]);
    const params = { path: { id: speaker } };
    const reply = await this.api.POST("/speakers/{id}/enroll", { params, body: { ...options, audio } });
    return dataOf(reply);
  }

  /** Decides whether a recording, or the reply of `embed`, is the voice of a speaker. */
  async verify(
    speaker: string,
    voice: Voice,
    options: Options<Schemas["VerifyRequest"], "audio" | "probe" | "speaker"> = {},
  ): Promise<Schemas["Decision"]> {
    const sent = await this.#sent(voice);
    return dataOf(await this.api.POST("/verify", { body: { ...options, speaker, ...sent } }));
  }

  /** Finds out which speaker of the registry a recording, or the reply of `embed`, is, if any. */
  async identify(
    voice: Voice,
    options: Options<Schemas["IdentifyRequest"], "audio" | "probe"> = {},
  ): Promise<Schemas["Identification"]> {
    const sent = await this.#sent(voice);
    return dataOf(await this.api.POST("/identify", { body: { ...options, ...sent } }));
  }

  /**
   * Turns a recording into an embedding, which `verify` and `identify` take in its place. Only in a
   * registry with the setting `embeddings`. Protect it like a recording.
   */
  async embed(
    recording: Recording,
    options: Options<Schemas["EmbedClipRequest"], "audio"> = {},
  ): Promise<Schemas["Embedding"]> {
    const audio = await this.#source(recording);
    return dataOf(await this.api.POST("/embeddings", { body: { ...options, audio } }));
  }

  /** Decides whether two recordings are the same voice. */
  async compare(
    a: Recording,
    b: Recording,
    options: Options<Schemas["CompareRequest"], "audioA" | "audioB" | "probeA" | "probeB"> = {},
  ): Promise<Schemas["Decision"]> {
    const [audioA, audioB] = await this.#sources([a, b]);
    if (!audioA || !audioB) throw new RangeError("two recordings have two sources");
    return dataOf(await this.api.POST("/compare", { body: { ...options, audioA, audioB } }));
  }

  /** Yields all speakers, page by page. */
  async *speakers(): AsyncGenerator<Schemas["Speaker"]> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = cursor === undefined ? {} : { cursor };
      const page: Schemas["SpeakerPage"] = dataOf(await this.api.GET("/speakers", { params: { query } }));
      yield* page.speakers;
      cursor = page.next;
    }
  }

  /**
   * Uploads a file. Its ID can be used as `{ upload: id }` wherever a recording is taken.
   *
   * options  its media type, if it has none, and whether it is enrolled on arrival
   */
  async upload(
    bytes: RecordingBytes,
    options: Partial<Options<Schemas["OpenUploadRequest"], "bytes" | "sha256">> = {},
  ): Promise<Schemas["Upload"]> {
    const file = blobOf(bytes);
    const mediaType = options.mediaType ?? (file.type || "application/octet-stream");
    const body = { ...options, mediaType, bytes: file.size, sha256: await sha256Of(file) };
    const { upload, form } = dataOf(await this.api.POST("/uploads", { body }));
    const fields = new FormData();
    for (const [name, value] of Object.entries(form.fields)) fields.append(name, value);
    fields.append("file", file);
    const response = await this.#post(new Request(form.url, { method: form.method, body: fields }));
    if (!response.ok) throw await problemOf(response);
    return upload;
  }

  /** Resolves with a job once it is done. Check its `problem`. */
  async waitForJob(job: Pick<Job, "id">, { signal }: { signal?: AbortSignal } = {}): Promise<Job> {
    const params = { path: { jobId: job.id }, query: { limit: 1 } };
    for (let wait: number = POLL_MS[0]; ; wait = Math.min(2 * wait, POLL_MS[1])) {
      const page = dataOf(await this.api.GET("/jobs/{jobId}", { params, ...(signal ? { signal } : {}) }));
      if (page.job.state === "done") return page.job;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #sources = (recordings: readonly Recording[]) => sourcesOf(recordings, (file) => this.upload(file));

  async #sent(voice: Voice): Promise<{ audio: Schemas["Audio"] } | { probe: Schemas["Probe"] }> {
    return "embedding" in voice ? { probe: voice } : { audio: await this.#source(voice) };
  }

  async #source(recording: Recording): Promise<Schemas["Audio"]> {
    const [source] = await this.#sources([recording]);
    if (!source) throw new RangeError("a recording has a source");
    return source;
  }
}

const isList = (one: Recording | readonly Recording[]): one is readonly Recording[] => Array.isArray(one);

/** A reply that isn't a success has already thrown. */
function dataOf<Data>({ data }: { data?: Data }): Data {
  if (data === undefined) throw new RangeError("the reply has no body");
  return data;
}
