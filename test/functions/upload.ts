import { createHash } from "node:crypto";
import { type Answer, bytesOf, type Client, json } from "./client.ts";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export type Form = { url: string; fields: Record<string, string> };

export const announce = (c: Client, bytes: Uint8Array, more: object = {}): Promise<Answer> =>
  c.call("POST", "/uploads", {
    headers: json,
    body: JSON.stringify({
      mediaType: "audio/wav",
      bytes: bytes.length,
      sha256: sha256(bytes),
      ...more,
    }),
  });

/** As a browser or curl posts it, wherever it goes. */
export function bodyOf({ fields }: Form, bytes: Uint8Array<ArrayBuffer>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", new Blob([bytes]), "clip.wav");
  return body;
}

/** To this service or, where the form says so, to the object store. */
export async function post(c: Client, form: Form, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  const request = { method: "POST", body: bodyOf(form, bytes) };
  const own = new URL(form.url, "http://localhost").host === "localhost";
  return own ? c.app.request(form.url, request) : fetch(form.url, request);
}

/** Announced and posted; its id. */
export async function uploaded(c: Client, text: string, more: object = {}): Promise<string> {
  const bytes = bytesOf(text);
  const { body } = await announce(c, bytes, more);
  const posted = await post(c, body.form, bytes);
  if (posted.status !== 204) throw new Error(`${posted.status} ${await posted.text()}`);
  return body.upload.id;
}
