import type { CandidateId, JobId, RegistryId } from "../../../id.ts";
import type {
  CandidateStore,
  CandidateVoice,
  Hearing,
  MergedCandidate,
} from "../../../ports/candidate-voice.ts";
import { addFixed } from "../../../score/scoring/fixed-point.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";
import type { Templates } from "../templates.ts";
import { type StoredVoice, storedVoice, voiceOf } from "./heard-voice.ts";
import { outgoingDocument } from "./outbox.ts";

/** A job's second turn comes within minutes. */
const SORTED_JOBS = 200;
/** Candidates to store again in one commit. */
const RENEWED = 50;

/**
 * Every commit writes the registry's head, a small document, over the version that was read before.
 * So commits of one registry are made one after another, and none is based on an older state.
 * Embeddings are rotated under the registry's template key, and each candidate names its
 * generation.
 */
export function candidateStore(documents: Documents, templates: Templates): CandidateStore {
  const storedAll = (registryId: RegistryId, found: readonly Document[]) =>
    Promise.all(found.map((document) => storedOf(registryId, document, templates)));
  const store: CandidateStore = {
    async all(registryId) {
      // The head comes first: a change after it makes the commit fail.
      const head = await documents.get(headKey(registryId));
      const found = await documents.list({ kind: "candidate", owner: registryId });
      const candidates = (await storedAll(registryId, found)).filter(isCandidate);
      return { version: head?.version ?? 0, candidates, sortedJobs: (head?.body as Head)?.sortedJobs ?? [] };
    },
    async get(registryId, id) {
      const document = await documents.get({ kind: "candidate", owner: registryId, id });
      return document && storedOf(registryId, document, templates);
    },
    async commit(registryId, read, { put = [], merged = [], removed = [], sortedJob }, outgoing = []) {
      const sortedJobs = [...read.sortedJobs, ...(sortedJob ? [sortedJob] : [])].slice(-SORTED_JOBS);
      const head: Document = { ...headKey(registryId), version: read.version + 1, body: { sortedJobs } };
      const gone = removed.map((one) => emptied(registryId, one));
      const documentsOf = await Promise.all(put.map((one) => documentOf(one, templates)));
      const all = [...documentsOf, ...merged.map((one) => pointer(registryId, one)), ...gone];
      if (!(await documents.putVersion(head, ...all, ...outgoing.map(outgoingDocument))))
        throw contention("Another request changed the candidate voices first. Try again.");
      // They are empty and read as absent. A failure here leaves nothing of them.
      await Promise.allSettled(gone.map((one) => documents.remove(one)));
    },
    async renew(registryId) {
      const { generation } = await templates.state(registryId);
      const found = await documents.list({ kind: "candidate", owner: registryId });
      const old = new Set(
        found
          .filter(({ body }) => "hearings" in body && generationOf(body) !== generation)
          .map(({ id }) => id),
      );
      const read = await store.all(registryId);
      const put = read.candidates.filter(({ candidateId }) => old.has(candidateId)).slice(0, RENEWED);
      if (put.length === 0) return false;
      const next = put.map((one) => ({ ...one, version: one.version + 1 }));
      await store.commit(registryId, read, { put: next });
      return true;
    },
  };
  return store;
}

const isCandidate = (one: CandidateVoice | MergedCandidate): one is CandidateVoice => "hearings" in one;

type Head = { sortedJobs: readonly JobId[] } | undefined;
const headKey = (owner: RegistryId) => ({ kind: "candidateHead", owner, id: "head" }) as const;

type Body = Omit<
  CandidateVoice,
  "candidateId" | "expiresAt" | "hearings" | "registryId" | "sum" | "version"
> & {
  hearings: readonly StoredVoice<Hearing>[];
  /** Of the template key under which the embeddings are rotated. Undefined: they are not. */
  templateGeneration?: number | undefined;
};

const generationOf = (body: object): number => (body as Body).templateGeneration ?? 0;

/** The sum isn't stored: it is that of the embeddings, exactly. */
async function documentOf(
  { registryId, candidateId, version, expiresAt, sum, ...voice }: CandidateVoice,
  templates: Templates,
): Promise<Document> {
  const { generation } = await templates.state(registryId);
  const rotation = await templates.rotation(registryId, generation, sum.length);
  const hearings = voice.hearings.map((one) =>
    storedVoice({ ...one, embedding: Int32Array.from(rotation.apply(one.embedding)) }),
  );
  const body: Body = { ...voice, hearings, ...(generation > 0 ? { templateGeneration: generation } : {}) };
  return {
    ...{ kind: "candidate", owner: registryId, id: candidateId },
    ...{ version, body, expiresAt: Date.parse(expiresAt) },
  };
}

const pointer = (
  owner: RegistryId,
  { candidateId, version, expiresAt, into }: MergedCandidate,
): Document => ({
  ...{ kind: "candidate", owner, id: candidateId },
  ...{ version, body: { into }, expiresAt: Date.parse(expiresAt) },
});

/** A document without content that has expired: a backend that deletes later keeps no voice. */
const emptied = (owner: RegistryId, { candidateId, version }: CandidateVoice): Document => ({
  ...{ kind: "candidate", owner, id: candidateId },
  ...{ version: version + 1, body: {}, expiresAt: 1 },
});

async function storedOf(
  registryId: RegistryId,
  { id, version, body, expiresAt = 0 }: Document,
  templates: Templates,
): Promise<CandidateVoice | MergedCandidate> {
  const own = { candidateId: id as CandidateId, version, expiresAt: new Date(expiresAt).toISOString() };
  if ("into" in body) return { ...own, into: body.into as CandidateId };
  const { templateGeneration = 0, ...voice } = body as Body;
  const stored = voice.hearings.map(voiceOf<Hearing>);
  const dimension = stored[0]?.embedding.length ?? 0;
  const rotation = await templates.rotation(registryId, templateGeneration, dimension);
  const hearings = stored.map((one) => ({
    ...one,
    embedding: Int32Array.from(rotation.undo(one.embedding)),
  }));
  const sum = hearings.reduce<Float64Array>(
    (total, { embedding }) => addFixed(total, embedding, 1),
    new Float64Array(dimension),
  );
  return { ...voice, ...own, registryId, sum, hearings };
}
