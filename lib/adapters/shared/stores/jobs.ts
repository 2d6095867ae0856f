import type { JobId, RegistryId } from "../../../id.ts";
import type { Stranger } from "../../../ports/candidate-voice.ts";
import type { Job, JobOutcome, JobResult, JobStore } from "../../../ports/job.ts";
import { contention } from "../contention.ts";
import type { Attachments, Document, Documents } from "../documents.ts";
import { type StoredVoice, storedVoice, voiceOf } from "./heard-voice.ts";
import { outgoingDocument } from "./outbox.ts";

const LINE_DIGITS = 9;

/** Results expire with their job. */
export function jobStore(documents: Documents, manifests: Attachments): JobStore {
  const list = async (registryId: RegistryId) =>
    (await documents.list({ kind: "job", owner: registryId })).map((document) => jobOf(registryId, document));
  return {
    list,
    async recent(registryId, limit, after) {
      const found = await documents.newest({ kind: "job", owner: registryId }, limit, after);
      return found.map((document) => jobOf(registryId, document));
    },
    async replaceResult({ registryId, jobId, goneAt }, result) {
      await documents.put({ ...resultDocument(registryId, jobId, result), expiresAt: Date.parse(goneAt) });
    },
    async get(registryId, jobId) {
      const document = await documents.get({ kind: "job", owner: registryId, id: jobId });
      return document && jobOf(registryId, document);
    },
    async put({ registryId, jobId, version, ...body }, result, outgoing = []) {
      const expiresAt = Date.parse(body.goneAt);
      const key = { kind: "job", owner: registryId, id: jobId } as const;
      const stored = { ...body, outcome: storedOutcome(body.outcome) };
      const document = { ...key, version, body: stored, at: Date.parse(body.createdAt), expiresAt };
      const results = result ? [{ ...resultDocument(registryId, jobId, result), expiresAt }] : [];
      if (!(await documents.putVersion(document, ...results, ...outgoing.map(outgoingDocument))))
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
    putManifest: (registryId, jobId, bytes, part = 0) =>
      manifests.put(registryId, partName(jobId, part), bytes),
    manifest: (registryId, jobId, part = 0) => manifests.get(registryId, partName(jobId, part)),
    async removeManifest(registryId, jobId, parts = 1) {
      for (let part = 0; part < parts; part++) await manifests.remove(registryId, partName(jobId, part));
    },
  };
}

/** Most manifests have one part. */
const partName = (jobId: JobId, part: number): string => (part === 0 ? jobId : `${jobId}-${part}`);

function jobOf(registryId: RegistryId, { id, version, body }: Document): Job {
  const rest = body as Omit<Job, "jobId" | "registryId" | "version">;
  const outcome = outcomeOf(rest.outcome);
  return { ...rest, registryId, jobId: id as JobId, version, ...(outcome ? { outcome } : {}) };
}

/** The voices of strangers as JSON. */
function storedOutcome(outcome: JobOutcome | undefined): object | undefined {
  if (!outcome || !("diarization" in outcome) || !outcome.strangers) return outcome;
  const { found, others } = outcome.strangers;
  return { ...outcome, strangers: { others, found: found.map(storedVoice) } };
}

function outcomeOf(outcome: JobOutcome | undefined): JobOutcome | undefined {
  if (!outcome || !("diarization" in outcome) || !outcome.strangers) return outcome;
  const { found, others } = outcome.strangers;
  const voices = found as unknown as readonly StoredVoice<Stranger>[];
  return { ...outcome, strangers: { others, found: voices.map(voiceOf<Stranger>) } };
}

/** IDs sort by line. */
const lineId = (line: number): string => String(line).padStart(LINE_DIGITS, "0");

function resultDocument(registryId: RegistryId, jobId: JobId, { line, ...body }: JobResult): Document {
  return { kind: "jobResult", owner: `${registryId}/${jobId}`, id: lineId(line), version: 1, body };
}

function resultOf({ id, body }: Document): JobResult {
  return { ...(body as Omit<JobResult, "line">), line: Number(id) };
}
