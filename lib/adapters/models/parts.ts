import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { sha256Of } from "../../sha256.ts";
import { wrappedJson } from "../../wrapped-json.ts";
import { PART_FILE, type PartManifest, SegmentationManifest, SpoofManifest } from "../model/part.ts";
import { diskFull, isDiskFull } from "./download-errors.ts";
import { inspectSegmentation } from "./inspect-segmentation.ts";
import { inspectSpoofDetector } from "./inspect-spoof.ts";
import { refuseOtherDigest, refuseTaken } from "./install.ts";
import { installedModels, libraryFolder, makeLibrary, refused } from "./library.ts";

/** What a person must state about a part; the rest is read from the file. See docs/models.md. */
const read = { description: true, trainedOn: true, sha256: true } as const;
export const SegmentationDraft = SegmentationManifest.omit({ file: true }).partial({
  ...read,
  license: true,
});
export const SpoofDraft = SpoofManifest.omit({ file: true }).partial(read);
export type PartDraft = z.infer<typeof SegmentationDraft> | z.infer<typeof SpoofDraft>;

const NETWORK = "network.onnx";

const USED_BY = { segmentation: "diarize", spoof: "decisions" } as const;

/**
 * Installs a part in the data folder, where `diarize` or decisions find it. Runs it first. If
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
  const { kind } = draft;
  const other = (await installedModels(data)).parts.find(({ manifest }) => manifest.kind === kind);
  if (other)
    throw refused(
      `${other.manifest.name} is installed for ${USED_BY[kind]} already. Remove it first with: ` +
        `voiceroll models remove ${other.manifest.name}`,
    );
  await makeLibrary(data);
  const bytes = await readFile(network);
  const sha256 = sha256Of(bytes);
  refuseOtherDigest(sha256, draft);
  if (draft.kind === "spoof") await inspectSpoofDetector(bytes, draft.bonaFide);
  else await inspectSegmentation(bytes);
  const { description = "", license = "not stated", trainedOn = [] } = draft;
  const manifest: PartManifest = { ...draft, description, license, trainedOn, file: NETWORK, sha256 };
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
