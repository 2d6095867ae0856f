import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import type { Upload } from "../../lib/ports/upload.ts";
import { ELSEWHERE, HERE, type OpenStore, speakerId } from "./store.ts";

const content = (text: string) => new TextEncoder().encode(text);
/** Its size and hash don't match the posted files: files are checked when they are used. */
export const anUpload = (version: number, given: Partial<Upload> = {}): Upload => ({
  registryId: HERE,
  uploadId: "upl_a",
  mediaType: "audio/wav",
  bytes: 5,
  sha256: createHash("sha256").update("first").digest("hex"),
  state: "open",
  clips: [],
  createdAt: "2026-01-01T00:00:00.000Z",
  expiresAt: "2026-01-01T00:05:00.000Z",
  goneAt: "2026-01-02T00:00:00.000Z",
  version,
  ...given,
});

export function uploadStoreContract(open: OpenStore): void {
  describe("upload store", () => {
    test("returns an upload as it was put, by registry and ID; an unknown one is undefined", async () => {
      const { one, other } = await open();
      const full = anUpload(1, {
        uploadId: "upl_full",
        enroll: { speakerId: speakerId("Ann"), channel: 1 },
        state: "failed",
        heldUntil: "2026-01-01T00:01:00.000Z",
        holder: "job_1 7",
        clips: ["clp_1"],
        problem: { slug: "audio-no-speech", detail: "No speech." },
      });
      for (const upload of [anUpload(1), full]) await one.uploads.put(upload);
      for (const upload of [anUpload(1), full])
        expect(await other.uploads.get(HERE, upload.uploadId)).toStrictEqual(upload);
      expect(await other.uploads.get(ELSEWHERE, "upl_a")).toBeUndefined();
      expect(await other.uploads.get(HERE, "upl_b")).toBeUndefined();
    });

    test("accepts a change only over the version before it; a rejected change writes nothing", async () => {
      const { one, other } = await open();
      const contended = { slug: "write-contention" };
      await expect(one.uploads.put(anUpload(2))).rejects.toMatchObject(contended);
      await one.uploads.put(anUpload(1));
      await other.uploads.put(anUpload(2, { state: "consumed" }));
      for (const version of [1, 2, 4])
        await expect(one.uploads.put(anUpload(version))).rejects.toMatchObject(contended);
      expect(await one.uploads.get(HERE, "upl_a")).toStrictEqual(anUpload(2, { state: "consumed" }));
    });

    test("grants one of many concurrent changes", async () => {
      const { one, other } = await open();
      await one.uploads.put(anUpload(1));
      const puts = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : other).uploads.put(anUpload(2, { state: "held" })),
      );
      const done = await Promise.allSettled(puts);
      expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("an upload is gone when it expires", async () => {
      const { one, clock } = await open();
      await one.uploads.put(anUpload(1));
      clock.advance(86_399);
      expect(await one.uploads.get(HERE, "upl_a")).toBeDefined();
      clock.advance(1);
      expect(await one.uploads.get(HERE, "upl_a")).toBeUndefined();
    });
  });
}

/** post: sends a file like a client of this backend */
export function uploadFilesContract(
  open: OpenStore,
  post: (store: Awaited<ReturnType<OpenStore>>["one"], upload: Upload, bytes: Uint8Array) => Promise<void>,
): void {
  describe("upload files", () => {
    test("before the file arrives there is no head and no bytes, and removing it does nothing", async () => {
      const { one } = await open();
      expect(await one.uploadFiles.head(HERE, "upl_a")).toBeUndefined();
      expect(await one.uploadFiles.read(HERE, "upl_a", "1")).toBeUndefined();
      await one.uploadFiles.remove(HERE, "upl_a");
      expect(await one.uploadFiles.list(HERE)).toEqual([]);
    });

    test("returns a posted file byte for byte, only in its own registry", async () => {
      const { one, other } = await open();
      await post(one, anUpload(1), content("first"));
      const head = await other.uploadFiles.head(HERE, "upl_a");
      expect(head?.bytes).toBe(5);
      const back = await other.uploadFiles.read(HERE, "upl_a", head?.version ?? "");
      expect(Buffer.from(back ?? []).toString()).toBe("first");
      expect(await other.uploadFiles.list(HERE)).toEqual(["upl_a"]);
      expect(await other.uploadFiles.head(ELSEWHERE, "upl_a")).toBeUndefined();
      expect(await other.uploadFiles.list(ELSEWHERE)).toEqual([]);
    });

    test("a copy is a file on the local disk with the bytes of its version, until it is removed", async () => {
      const { one, other } = await open();
      const bytes = Uint8Array.from({ length: 9_000_000 }, (_, i) => (i * 7919) >> 5);
      const upload = anUpload(1, { bytes: bytes.length });
      await post(one, upload, bytes);
      const head = await other.uploadFiles.head(HERE, "upl_a");
      const copy = await other.uploadFiles.copy(HERE, "upl_a", head?.version ?? "");
      if (!copy) throw new Error("no copy");
      expect(copy.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      await post(one, upload, bytes.slice().fill(1));
      expect(Buffer.compare(await readFile(copy.path), bytes)).toBe(0);
      expect(await other.uploadFiles.copy(HERE, "upl_a", head?.version ?? "")).toBeUndefined();
      await other.uploadFiles.remove(HERE, "upl_a");
      expect(await other.uploadFiles.copy(HERE, "upl_a", head?.version ?? "")).toBeUndefined();
      await copy.remove();
      expect(await readFile(copy.path).catch(() => "gone")).toBe("gone");
      expect(await readdir(dirname(copy.path))).toEqual([]);
    });

    test("a replacement has a new version and is never read as the earlier one", async () => {
      const { one } = await open();
      await post(one, anUpload(1), content("first"));
      const before = await one.uploadFiles.head(HERE, "upl_a");
      await post(one, anUpload(1), content("other"));
      const after = await one.uploadFiles.head(HERE, "upl_a");
      expect(after?.version).not.toBe(before?.version);
      const old = await one.uploadFiles.read(HERE, "upl_a", before?.version ?? "");
      expect(Buffer.from(old ?? content("first")).toString()).toBe("first");
      await one.uploadFiles.remove(HERE, "upl_a");
      for (const head of [before, after])
        expect(await one.uploadFiles.read(HERE, "upl_a", head?.version ?? "")).toBeUndefined();
    });
  });
}
