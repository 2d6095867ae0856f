import type { CalibrationId, RegistryId } from "../../../id.ts";
import type { BundledCalibrations, CalibrationRecord, CalibrationStore } from "../../../ports/calibration.ts";
import type { Attachments, Documents } from "../documents.ts";
import { lastUsed } from "../last-used.ts";
import { byCreation, putContent, readContent } from "./content.ts";

/** Parsed calibrations to keep in memory. They never change. */
const CACHED = 16;

/** content: the sha256 of the record. Its tables and intervals are 250 KB of JSON or more. */
type Body = { modelId: string; created: string; content: string };

export function calibrationStore(
  documents: Documents,
  contents: Attachments,
  { bundled, drawLsn }: BundledCalibrations & { drawLsn: () => string },
): CalibrationStore {
  const cache = lastUsed<CalibrationRecord>(CACHED);

  async function read(registryId: RegistryId, { content }: Body): Promise<CalibrationRecord> {
    const name = `${registryId}/${content}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const bytes = await readContent(contents, registryId, content);
    if (!bytes) throw new RangeError(`the content ${content} of a calibration is missing`);
    const record = JSON.parse(Buffer.from(bytes).toString()) as CalibrationRecord;
    cache.set(name, record);
    return record;
  }

  const keyOf = (registryId: RegistryId, id: CalibrationId) =>
    ({ kind: "calibration", owner: registryId, id }) as const;

  return {
    bundled,
    async get(registryId, calibrationId) {
      const document = await documents.get(keyOf(registryId, calibrationId));
      return document && read(registryId, document.body as Body);
    },
    async put(record) {
      const { registryId, calibration } = record;
      const bytes = Buffer.from(JSON.stringify(record));
      // Content first, so that a document never names content that is missing.
      const content = await putContent(contents, registryId, bytes);
      const body: Body = { modelId: calibration.modelId, created: drawLsn(), content };
      const key = keyOf(registryId, calibration.id);
      return (await documents.putOnce({ ...key, version: 1, body })) === undefined;
    },
    async list(registryId, modelId) {
      const found = await documents.list({ kind: "calibration", owner: registryId });
      const bodies = found.map(({ body }) => body as Body).filter((body) => body.modelId === modelId);
      return Promise.all(bodies.sort(byCreation).map((body) => read(registryId, body)));
    },
  };
}
