import { createCipheriv, createDecipheriv } from "node:crypto";
import type { RegistryId } from "../../id.ts";
import type { Attachments } from "./documents.ts";
import type { Templates } from "./templates.ts";

/** No content begins so: a cohort's first four bytes are the length of its JSON. */
const MAGIC = Buffer.from("VRS1");
const HEAD_BYTES = MAGIC.length + 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = "attachments";

/**
 * Encrypts attachments under the registry's template key, with AES-256-GCM. Nothing searches them
 * without the key, so they need no rotation. Content is named by its sha256, of which the nonce is
 * made: one nonce never encrypts two contents.
 *
 * Stored: "VRS1", the generation in 4 bytes (little-endian), the encrypted bytes, the tag of 16.
 */
export function sealedAttachments(stored: Attachments, templates: Templates): Attachments {
  return {
    ...stored,
    async put(registryId, name, bytes) {
      const { generation } = await templates.state(registryId as RegistryId);
      if (generation === 0) return stored.put(registryId, name, bytes);
      const key = await templates.key(registryId as RegistryId, generation, PURPOSE);
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(name));
      const head = Buffer.alloc(HEAD_BYTES);
      MAGIC.copy(head);
      head.writeUInt32LE(generation, MAGIC.length);
      const sealed = [head, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
      await stored.put(registryId, name, new Uint8Array(Buffer.concat(sealed)));
    },
    async get(registryId, name) {
      const bytes = await stored.get(registryId, name);
      if (!bytes || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return bytes;
      const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const key = await templates.key(registryId as RegistryId, sealed.readUInt32LE(MAGIC.length), PURPOSE);
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(name));
      decipher.setAuthTag(sealed.subarray(end));
      const plain = [decipher.update(sealed.subarray(HEAD_BYTES, end)), decipher.final()];
      return new Uint8Array(Buffer.concat(plain));
    },
  };
}

const nonceOf = (sha256: string): Buffer => Buffer.from(sha256, "hex").subarray(0, NONCE_BYTES);
