import { createHash } from "node:crypto";
import type { RegistryId, UploadId } from "../../lib/id.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { Row } from "./row.ts";
import { type Stage, send } from "./stage.ts";

const json = { "Content-Type": "application/json" };
const clip = new Uint8Array(fakeClip("voice=alice take=9").bytes);
const sha256 = createHash("sha256").update(clip).digest("hex");
const announced = { mediaType: "audio/wav", bytes: clip.length, sha256 };
const announce = (fields: object) => ({
  path: "/uploads",
  headers: json,
  body: JSON.stringify({ ...announced, ...fields }),
});
const invalid = { status: 422, slug: "validation-failed" } as const;

type Ticket = { upload: { id: UploadId }; form: { url: string; fields: Record<string, string> } };

async function ticket(stage: Stage, fields: object = {}): Promise<Ticket> {
  return JSON.parse((await send(stage, announce(fields))).text);
}

/** Returns a request that posts the form with the file. Some fields can be replaced. */
function posting({ form }: Ticket, file: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}) {
  const { pathname, search } = new URL(form.url);
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...fields })) body.append(name, value);
  body.append("file", new Blob([file]), "a.wav");
  return { path: pathname + search, body, key: "" };
}

const using = ({ upload }: Ticket) => ({
  path: "/verify",
  headers: json,
  body: JSON.stringify({ speaker: "alice", audio: { upload: upload.id } }),
});

/** Posts a file to the form's URL. It can differ from what was announced. */
async function arrived(stage: Stage, fields: object = {}): Promise<Ticket> {
  const made = await ticket(stage, fields);
  await arrive(made, clip);
  return made;
}

async function arrive(made: Ticket, file: Uint8Array<ArrayBuffer>): Promise<void> {
  const posted = await fetch(made.form.url, { method: "POST", body: posting(made, file).body });
  if (!posted.ok) throw new Error(`${posted.status} ${await posted.text()}`);
}

const diarizing = (fields: object) => ({ path: "/jobs", headers: json, body: JSON.stringify(fields) });
const batching = (manifest: object) => diarizing({ kind: "enroll-batch", manifest });
const batchRows: readonly Row[] = [
  {
    id: "J7",
    what: "a manifest with both an upload and a URI",
    send: batching({ upload: "upl_00000000000000000000000000", uri: "s3://bucket/lines.jsonl" }),
    ...invalid,
    pointers: ["/manifest"],
  },
  {
    id: "J7",
    what: "a manifest at a URI that the operator doesn't allow",
    send: batching({ uri: "file:///etc/passwd" }),
    status: 403,
    slug: "file-not-allowed",
  },
];
const diarizeRows: readonly Row[] = [
  {
    id: "S7",
    what: "a diarize job of an unknown upload",
    send: diarizing({ kind: "diarize", audio: { upload: "upl_00000000000000000000000000" } }),
    status: 404,
    slug: "upload-not-found",
  },
  {
    id: "S7",
    what: "a diarize job of an upload that isn't audio",
    send: async (stage) => {
      const { upload } = await ticket(stage, { mediaType: "application/x-ndjson" });
      return diarizing({ kind: "diarize", audio: { upload: upload.id } });
    },
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "J7",
    what: "a diarize job without `audio`",
    send: diarizing({ kind: "diarize" }),
    ...invalid,
    pointers: ["/audio"],
  },
  {
    id: "J7",
    what: "a re-embed job with `audio`",
    send: diarizing({ kind: "re-embed", audio: { upload: "upl_00000000000000000000000000" } }),
    ...invalid,
    pointers: ["/audio"],
  },
  {
    id: "J7",
    what: "a diarize job with `lines`",
    send: diarizing({ kind: "diarize", audio: { upload: "upl_00000000000000000000000000" }, lines: [{}] }),
    ...invalid,
    pointers: ["/manifest"],
  },
  {
    id: "J10",
    what: "a diarize job at a false-accept rate that wasn't measured",
    send: async (stage) => {
      const { upload } = await ticket(stage);
      const operatingPoint = { far: 1 };
      return diarizing({ kind: "diarize", audio: { upload: upload.id }, operatingPoint });
    },
    ...invalid,
    pointers: ["/operatingPoint/far"],
  },
];

export const rows: readonly Row[] = [
  ...diarizeRows,
  ...batchRows,
  {
    id: "S6",
    what: "a form with an object key of the client's choice",
    send: announce({ s3_key: "a" }),
    ...invalid,
  },
  { id: "S6", what: "zero bytes", send: announce({ bytes: 0 }), ...invalid, pointers: ["/bytes"] },
  {
    id: "S6",
    what: "more bytes than an upload may have",
    send: announce({ bytes: 256 * 1024 * 1024 + 1 }),
    ...invalid,
    pointers: ["/bytes"],
  },
  { id: "S6", what: "a SHA-256 in base64", send: announce({ sha256: "a".repeat(44) }), ...invalid },
  {
    id: "S6",
    what: "an image media type",
    send: announce({ mediaType: "image/png" }),
    status: 415,
    slug: "unsupported-media-type",
  },
  {
    id: "S7",
    what: "reading an unknown upload",
    send: { method: "GET", path: "/uploads/upl_00" },
    status: 404,
    slug: "upload-not-found",
  },
  {
    id: "S7",
    what: "an invalid upload ID",
    send: { method: "GET", path: "/uploads/..%2f..%2fsecret" },
    status: 404,
    slug: "upload-not-found",
  },
  ...["read", "use"].map(
    (way): Row => ({
      id: "S7",
      what: `another registry's upload, to ${way}`,
      send: async (stage) => {
        const made = await arrived(stage);
        const reading = { method: "GET", path: `/uploads/${made.upload.id}` };
        return { ...(way === "read" ? reading : using(made)), key: stage.otherKey };
      },
      status: 404,
      slug: "upload-not-found",
    }),
  ),
  {
    id: "S8",
    what: "an upload that has not arrived",
    send: async (stage) => using(await ticket(stage)),
    status: 409,
    slug: "upload-incomplete",
  },
  {
    id: "S8",
    what: "an upload that never arrived",
    send: async (stage) => {
      const made = await ticket(stage);
      stage.services.clock.advance(300);
      return using(made);
    },
    status: 410,
    slug: "upload-expired",
  },
  {
    id: "S8",
    what: "a used upload",
    send: async (stage) => {
      const made = await arrived(stage);
      await send(stage, using(made));
      return using(made);
    },
    status: 409,
    slug: "upload-consumed",
  },
  {
    id: "S8",
    what: "an upload with `enroll`, used in a request",
    send: async (stage) => using(await arrived(stage, { enroll: { speaker: "alice" } })),
    status: 409,
    slug: "upload-consumed",
  },
  {
    id: "S9",
    what: "a file with another SHA-256",
    send: async (stage) => using(await arrived(stage, { sha256: "0".repeat(64) })),
    status: 422,
    slug: "upload-checksum-mismatch",
  },
  {
    id: "S10",
    what: "a file that is replaced between the check and its use",
    send: async (stage) => {
      const made = await arrived(stage);
      const { uploadFiles } = stage.services;
      const { head } = uploadFiles;
      uploadFiles.head = async (registryId: RegistryId, uploadId: UploadId) => {
        const before = await head(registryId, uploadId);
        await arrive(made, new Uint8Array(clip.length));
        return before;
      };
      return using(made);
    },
    status: 409,
    slug: "upload-changed",
  },
  {
    id: "S10",
    what: "a manifest for audio",
    send: async (stage) => using(await arrived(stage, { mediaType: "application/x-ndjson" })),
    status: 415,
    slug: "unsupported-media-type",
  },
];

/** Rows for forms that are posted to this service. A bucket rejects such forms itself. */
export const formRows: readonly Row[] = [
  {
    id: "S8",
    what: "a form that is posted after it expired",
    send: async (stage) => {
      const made = await ticket(stage);
      stage.services.clock.advance(300);
      return posting(made, clip);
    },
    status: 410,
    slug: "upload-expired",
  },
  {
    id: "S8",
    what: "a form that is posted again after its upload was used",
    send: async (stage) => {
      const made = await arrived(stage);
      await send(stage, using(made));
      return posting(made, clip);
    },
    status: 409,
    slug: "upload-consumed",
  },
  {
    id: "S9",
    what: "a file with another size",
    send: async (stage) => posting(await ticket(stage), clip.slice(1)),
    status: 422,
    slug: "upload-checksum-mismatch",
  },
  {
    id: "S9",
    what: "a larger file than announced",
    send: async (stage) => posting(await ticket(stage), new Uint8Array(100_000)),
    status: 413,
    slug: "body-too-large",
  },
  {
    id: "S9",
    what: "a form with another signature",
    send: async (stage) => posting(await ticket(stage), clip, { token: "x" }),
    status: 401,
    slug: "unauthorized",
  },
  {
    id: "S9",
    what: "a form with another type",
    send: async (stage) => posting(await ticket(stage), clip, { "Content-Type": "text/html" }),
    status: 401,
    slug: "unauthorized",
  },
  {
    id: "S9",
    what: "another upload's form",
    send: async (stage) => {
      const [one, other] = [await ticket(stage), await ticket(stage)];
      return posting(one, clip, other.form.fields);
    },
    status: 401,
    slug: "unauthorized",
  },
  {
    id: "S9",
    what: "a form without a file",
    send: async (stage) => {
      const { path, key } = posting(await ticket(stage), clip);
      const body = new FormData();
      body.append("token", "x");
      return { path, key, body };
    },
    status: 400,
    slug: "malformed-multipart",
  },
];
