import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { localDocuments } from "../../lib/adapters/local/documents.ts";
import { localServices } from "../../lib/adapters/local/services.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import { scanThread } from "../../lib/adapters/shared/scan-thread.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/fake-world.ts";
import { documentsContract } from "./documents.ts";
import { everyContract, rotatedContract } from "./every.ts";
import { historiesContract } from "./histories.ts";
import type { OpenStore } from "./store.ts";
import { uploadFilesContract } from "./upload-store.ts";

const open: OpenStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-contract-"));
  const clock = fakeClock();
  const opening = (given: { scanThread?: ReturnType<typeof scanThread> } = {}) =>
    localServices(folder, { ...fakeModelData(fakeEmbedder()), clock, random: seededRandom(), ...given });
  // The other process searches its galleries in a thread, as a server does with large ones.
  const [one, other] = [opening(), opening({ scanThread: scanThread({ from: 0 }) })];
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  return { one, other, clock };
};

documentsContract(async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-documents-"));
  const clock = fakeClock();
  const databases = [openDatabase(folder), openDatabase(folder)] as const;
  onTestFinished(async () => {
    for (const database of databases) database.close();
    await rm(folder, { recursive: true, force: true });
  });
  const [one, other] = databases;
  return { one: localDocuments(one, clock), other: localDocuments(other, clock), clock };
});

everyContract(open);

rotatedContract(open);

historiesContract(open, 100);

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = Math.max(3, bytes.length >> 7);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

uploadFilesContract(open, async ({ uploadFiles }, upload, bytes) => {
  const { fields } = await uploadFiles.form(upload);
  await uploadFiles.receive?.(upload, fields, chunksOf(bytes));
});
