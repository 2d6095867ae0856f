import { createHash } from "node:crypto";
import { type Answer, bytesOf, type Client, json } from "./client.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

type Form = { url: string; fields: Record<string, string> };

export const announce = (c: Client, bytes: Uint8Array, more: object = {}, key = c.key): Promise<Answer> =>
  c.call("POST", "/uploads", {
    key,
    headers: json,
    body: JSON.stringify({
      mediaType: "audio/wav",
      bytes: bytes.length,
      sha256: sha256(bytes),
      ...more,
    }),
  });

/** Returns the form as a browser or curl would post it. */
function bodyOf({ fields }: Form, bytes: Uint8Array<ArrayBuffer>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", new Blob([bytes]), "clip.wav");
  return body;
}

/** Posts the form to its URL: this service or the bucket. */
export const post = async (c: Client, form: Form, bytes: Uint8Array<ArrayBuffer>): Promise<Response> => {
  const posted = { method: "POST", body: bodyOf(form, bytes) };
  return new URL(form.url).host === "localhost" ? c.app.request(form.url, posted) : fetch(form.url, posted);
};

/** Announces and posts an upload. Returns its ID. */
export async function uploaded(c: Client, text: string, more: object = {}): Promise<string> {
  const bytes = bytesOf(text);
  const { body } = await announce(c, bytes, more);
  const posted = await post(c, body.form, bytes);
  if (posted.status !== 204) throw new Error(`${posted.status} ${await posted.text()}`);
  return body.upload.id;
}
