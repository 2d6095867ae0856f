import { createHmac, timingSafeEqual } from "node:crypto";
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../error.ts";
import type { UploadId } from "../../id.ts";
import type { Upload, UploadFiles } from "../../ports/upload.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { fileSha256 } from "../shared/file-sha256.ts";
import { arrivingFiles } from "./arriving-files.ts";
import { guardedFiles } from "./failures.ts";
import { unlessAbsent } from "./files.ts";
import { ownFiles, removeStaleFiles } from "./own-files.ts";

/** Files `uploads/REGISTRY/UPLOAD`, posted to this service with a sealed form. */
export function localUploadFiles(
  folder: string,
  { clock, random, secret }: { clock: Clock; random: Random; secret: Uint8Array },
): UploadFiles {
  const root = join(folder, "uploads");
  const { pathOf, put, hold, remove } = ownFiles(root, random);
  const arriving = arrivingFiles(folder);
  const opened = <T>(ids: readonly string[], use: (file: Opened) => Promise<T>) =>
    guardedFiles(() => unlessAbsent(() => withFile(pathOf(...ids), use)));
  return {
    async form(upload) {
      const { registryId, uploadId, mediaType } = upload;
      const url = `/uploads/${uploadId}/content?registry=${registryId}`;
      return { url, fields: { "Content-Type": mediaType, token: sealOf(secret, upload) } };
    },
    head: (registryId, uploadId) =>
      opened([registryId, uploadId], async ({ bytes, version }) => ({ bytes, version })),
    read: (registryId, uploadId, version) =>
      opened([registryId, uploadId], async (file) => (file.version === version ? file.read() : undefined)),
    copy: (registryId, uploadId, version) =>
      guardedFiles(() =>
        unlessAbsent(async () => {
          removeStaleFiles(root, clock.now());
          const path = await hold(registryId, uploadId);
          const drop = () => rm(path, { force: true });
          const same = await withFile(path, async (file) => file.version === version);
          if (same) return { path, sha256: await fileSha256(path), remove: drop };
          await drop();
          return undefined;
        }),
      ),
    remove: (registryId, uploadId) => guardedFiles(() => remove(registryId, uploadId)),
    list: (registryId) =>
      guardedFiles(
        async () => ((await unlessAbsent(() => readdir(pathOf(registryId)))) ?? []).sort() as UploadId[],
      ),
    async receive(upload, fields, file) {
      const seal = Buffer.from(sealOf(secret, upload));
      const token = Buffer.from(fields.token ?? "");
      const sealed = seal.length === token.length && timingSafeEqual(seal, token);
      if (!sealed || fields["Content-Type"] !== upload.mediaType)
        throw new AppError("unauthorized", "Post the form's fields unchanged, then the file.");
      await guardedFiles(async () => {
        removeStaleFiles(root, clock.now());
        const release = await arriving.reserve(upload.bytes);
        await put([upload.registryId, upload.uploadId], file).finally(release);
      });
    },
  };
}

type Opened = { bytes: number; version: string; read(): Promise<Uint8Array> };

/** Reads size, version and bytes through one handle, so that a replacement can't mix two files. */
async function withFile<T>(path: string, use: (file: Opened) => Promise<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    const { ino, mtimeNs, size } = await file.stat({ bigint: true });
    return await use({ bytes: Number(size), version: `${ino}-${mtimeNs}`, read: () => file.readFile() });
  } finally {
    await file.close();
  }
}

const sealOf = (secret: Uint8Array, { registryId, uploadId, expiresAt }: Upload): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["upload", registryId, uploadId, expiresAt]))
    .digest("base64url");
