import { fakeClip } from "../support/fake-embedder.ts";
import type { Row, Sending } from "./row.ts";
import { type Stage, send } from "./stage.ts";

const json = { "Content-Type": "application/json" };
const base64 = Buffer.from(fakeClip("voice=alice take=9").bytes).toString("base64");
const invalid = { status: 422, slug: "validation-failed" } as const;
type Request = Exclude<Sending, { raw: unknown }>;
const asked = (path: string, body: object): Request => ({ path, headers: json, body: JSON.stringify(body) });

type Probe = { model: string; embedding: number[]; quality: object };

/** Switches the setting on and embeds a clip. `body` makes the request of its embedding. */
const withProbe =
  (path: string, body: (probe: Probe) => object) =>
  async (stage: Stage): Promise<Request> => {
    await send(stage, { method: "PATCH", path: "/registry", headers: json, body: '{"embeddings": true}' });
    const { text } = await send(stage, asked("/embeddings", { audio: { base64 } }));
    return asked(path, body(JSON.parse(text)));
  };
const verify = (change: (probe: Probe) => object) =>
  withProbe("/verify", (probe) => ({ speaker: "alice", probe: { ...probe, ...change(probe) } }));

export const rows: readonly Row[] = [
  {
    id: "E1",
    what: "an embedding that is too short",
    send: verify(({ embedding }) => ({ embedding: embedding.slice(1) })),
    ...invalid,
    pointers: ["/probe/embedding"],
    detail: /64 numbers/,
  },
  {
    id: "E1",
    what: "an embedding that is not of length 1",
    send: verify(({ embedding }) => ({ embedding: embedding.map((one) => 2 * one) })),
    ...invalid,
    pointers: ["/probe/embedding"],
    detail: /length 1/,
  },
  {
    id: "E1",
    what: "an embedding of zeros",
    send: verify(({ embedding }) => ({ embedding: embedding.map(() => 0) })),
    ...invalid,
    pointers: ["/probe/embedding"],
  },
  {
    id: "E1",
    what: "null in an embedding, as JSON writes NaN",
    send: verify(({ embedding }) => ({ embedding: [Number.NaN, ...embedding.slice(1)] })),
    ...invalid,
    pointers: ["/probe/embedding/0"],
  },
  {
    id: "E1",
    what: "a number in an embedding that is infinite as a float",
    send: async (stage) => {
      const sending = await verify(({ embedding }) => ({ embedding: [7, ...embedding.slice(1)] }))(stage);
      return { ...sending, body: String(sending.body).replace("[7,", "[1e999,") };
    },
    ...invalid,
    pointers: ["/probe/embedding/0"],
  },
  {
    id: "E2",
    what: "an embedding of another model",
    send: verify(() => ({ model: "mdl_other" })),
    status: 409,
    slug: "model-mismatch",
    detail: /POST \/embeddings/,
  },
  {
    id: "E3",
    what: "a probe in a registry without the setting",
    send: asked("/verify", { speaker: "alice", probe: { model: "mdl_x", embedding: [1] } }),
    status: 403,
    slug: "embeddings-off",
  },
  {
    id: "E3",
    what: "a clip to embed in a registry without the setting",
    send: asked("/embeddings", { audio: { base64 } }),
    status: 403,
    slug: "embeddings-off",
  },
  {
    id: "E4",
    what: "a probe and a clip",
    send: withProbe("/identify", (probe) => ({ probe, audio: { base64 } })),
    ...invalid,
    pointers: ["/probe"],
  },
  {
    id: "E4",
    what: "a part of an embedding",
    send: withProbe("/identify", (probe) => ({ probe, channel: 0 })),
    ...invalid,
    pointers: ["/channel"],
  },
  {
    id: "E4",
    what: "more speech than a clip can have",
    send: verify(() => ({ quality: { speechSeconds: 121 } })),
    ...invalid,
    pointers: ["/probe/quality/speechSeconds"],
  },
  {
    id: "E4",
    what: "a clip in `probe`",
    send: asked("/identify", { probe: { base64 } }),
    ...invalid,
    pointers: ["/probe/model", "/probe/embedding"],
  },
];
