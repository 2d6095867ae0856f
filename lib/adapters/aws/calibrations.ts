import type { RegistryId } from "../../id.ts";
import type { BundledCalibrations, CalibrationRecord, CalibrationStore } from "../../ports/calibration.ts";
import type { Random } from "../../ports/world.ts";
import { sha256Of } from "../../sha256.ts";
import { lastUsed } from "../shared/last-used.ts";
import { attributes, type Item, ofPartition, required, textOf } from "./attributes.ts";
import type { Blobs } from "./blobs.ts";
import { contentKey, readContent } from "./content.ts";
import { modelOf } from "./items-speaker.ts";
import { calibrationKey, calibrationsPartition } from "./keys.ts";
import type { Table } from "./table.ts";
import { putOnce } from "./versioned.ts";

/** Calibrations kept parsed: they never change. */
const KEPT = 16;

/** Tables and intervals are 250 KB of JSON and more, so the item names content in the object store. s its sha256. */
export function dynamoCalibrations(
  table: Table,
  blobs: Blobs,
  { random, drawLsn }: { random: Pick<Random, "bytes">; drawLsn: () => string },
): Omit<CalibrationStore, keyof BundledCalibrations> {
  const kept = lastUsed<CalibrationRecord>(KEPT);

  async function read(registryId: RegistryId, item: Item): Promise<CalibrationRecord> {
    const sha256 = required(item, "s", textOf);
    const name = `${registryId}/${sha256}`;
    const bytes = kept.has(name) ? undefined : await readContent(blobs, registryId, sha256);
    const record =
      kept.get(name) ?? (bytes && (JSON.parse(Buffer.from(bytes).toString()) as CalibrationRecord));
    if (!record) throw new RangeError(`the content of ${item.PK.S} ${item.SK.S} is gone`);
    kept.set(name, record);
    return record;
  }

  return {
    async get(registryId, calibrationId) {
      const item = await table.get(calibrationKey(registryId, calibrationId));
      return item && read(registryId, item);
    },
    async put(record) {
      const { registryId, calibration } = record;
      const bytes = Buffer.from(JSON.stringify(record));
      const sha256 = sha256Of(bytes);
      // Content first: an item never names what is not there.
      await blobs.put(contentKey(registryId, sha256), bytes);
      const item = attributes({
        ...calibrationKey(registryId, calibration.id),
        m: calibration.modelId.slice(4),
        l: drawLsn(),
        s: sha256,
      });
      return putOnce(table, random, item);
    },
    async list(registryId, modelId) {
      const items = await table.query(ofPartition(calibrationsPartition(registryId)));
      const own = items.filter((item) => modelOf(item) === modelId).sort(byAge);
      return Promise.all(own.map((item) => read(registryId, item)));
    },
  };
}

/** In the order they were made, by `l` (lsn.ts). */
export const byAge = (a: Item, b: Item): number =>
  required(a, "l", textOf) < required(b, "l", textOf) ? -1 : 1;
