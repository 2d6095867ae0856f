import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { sha256Of } from "../../sha256.ts";
import { wrappedJson } from "../../wrapped-json.ts";
import { PART_FILE, PartManifest } from "../model/segmentation.ts";
import { diskFull, isDiskFull } from "./download-errors.ts";
import { inspectSegmentation } from "./inspect-segmentation.ts";
import { refuseOtherDigest, refuseTaken } from "./install.ts";
import { installedModels, libraryFolder, makeLibrary, refused } from "./library.ts";

/** What a person must state about a part; the rest is read from the file. See docs/models.md. */
export const PartDraft = PartManifest.omit({ file: true }).partial({
  description: true,
  license: true,
  trainedOn: true,
  sha256: true,
});
export type PartDraft = z.infer<typeof PartDraft>;

const NETWORK = "network.onnx";

/**
 * Installs a segmentation network in the data folder, where `diarize` finds it. Runs it first. If
 * anything fails, no files remain.
 *
 * Rejects with `validation-failed` for faults of the file or its manifest, and if a part of this
 * kind is installed already.
 */
export async function installPart(
  data: string,
  { network, draft }: { network: string; draft: PartDraft },
): Promise<PartManifest> {
  await refuseTaken(data, draft.name);
  const [other] = (await installedModels(data)).parts;
  if (other)
    throw refused(
      `${other.manifest.name} is installed for diarize already. Remove it first with: ` +
        `voiceroll models remove ${other.manifest.name}`,
    );
  await makeLibrary(data);
  const bytes = await readFile(network);
  const sha256 = sha256Of(bytes);
  refuseOtherDigest(sha256, draft);
  await inspectSegmentation(bytes);
  const { description = "", license = "not stated", trainedOn = [], ...stated } = draft;
  const manifest: PartManifest = { ...stated, description, license, trainedOn, file: NETWORK, sha256 };
  const staging = join(libraryFolder(data), `.installing-${randomBytes(8).toString("hex")}`);
  try {
    await mkdir(staging, { mode: 0o700 });
    await copyFile(network, join(staging, NETWORK), constants.COPYFILE_FICLONE);
    await writeFile(join(staging, PART_FILE), wrappedJson(manifest));
    await rename(staging, join(libraryFolder(data), draft.name));
    return manifest;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(staging, undefined) : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
