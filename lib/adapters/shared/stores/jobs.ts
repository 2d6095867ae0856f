import type { JobId, RegistryId } from "../../../id.ts";
import type { Job, JobResult, JobStore } from "../../../ports/job.ts";
import { contention } from "../contention.ts";
import type { Attachments, Document, Documents } from "../documents.ts";

const LINE_DIGITS = 9;

/** Results expire with their job. */
export function jobStore(documents: Documents, manifests: Attachments): JobStore {
  const list = async (registryId: RegistryId) =>
    (await documents.list({ kind: "job", owner: registryId })).map((document) => jobOf(registryId, document));
  return {
    list,
    async replaceResult({ registryId, jobId, goneAt }, result) {
      await documents.put({ ...resultDocument(registryId, jobId, result), expiresAt: Date.parse(goneAt) });
    },
    async get(registryId, jobId) {
      const document = await documents.get({ kind: "job", owner: registryId, id: jobId });
      return document && jobOf(registryId, document);
    },
    async put({ registryId, jobId, version, ...body }, result) {
      const expiresAt = Date.parse(body.goneAt);
      const document = { kind: "job", owner: registryId, id: jobId, version, body, expiresAt } as const;
      const together = result && resultDocument(registryId, jobId, result);
      if (!(await documents.putVersion(document, together && { ...together, expiresAt })))
        throw contention(`Another worker changed ${jobId} first.`);
    },
    async unfinished(registryId) {
      return (await list(registryId)).filter(({ state }) => state !== "done").map(({ jobId }) => jobId);
    },
    async results(registryId, jobId, after, limit) {
      const page = { after: lineId(after), limit };
      return (await documents.list({ kind: "jobResult", owner: `${registryId}/${jobId}` }, page)).map(
        resultOf,
      );
    },
    putManifest: manifests.put,
    manifest: manifests.get,
    removeManifest: manifests.remove,
  };
}

function jobOf(registryId: RegistryId, { id, version, body }: Document): Job {
  const rest = body as Omit<Job, "jobId" | "registryId" | "version">;
  return { ...rest, registryId, jobId: id as JobId, version };
}

/** IDs sort by line. */
const lineId = (line: number): string => String(line).padStart(LINE_DIGITS, "0");

function resultDocument(registryId: RegistryId, jobId: JobId, { line, ...body }: JobResult): Document {
  return { kind: "jobResult", owner: `${registryId}/${jobId}`, id: lineId(line), version: 1, body };
}

function resultOf({ id, body }: Document): JobResult {
  return { ...(body as Omit<JobResult, "line">), line: Number(id) };
}
