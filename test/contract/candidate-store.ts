import { describe, expect, test } from "vitest";
import type { CandidateVoice } from "../../lib/ports/candidate-voice.ts";
import { addFixed } from "../../lib/score/scoring/fixed-point.ts";
import { heardVoice } from "../support/fake-embedder.ts";
import { ELSEWHERE, HERE, MODEL, type OpenStore, speakerId } from "./store.ts";

const NOW = "2026-01-01T00:00:00.000Z";

function aCandidate(name: string, given: Partial<CandidateVoice> = {}): CandidateVoice {
  const hearing = { ...heardVoice(name), recording: "upl_a", jobId: "job_a" as const, at: NOW, others: [] };
  return {
    registryId: HERE,
    candidateId: `cnd_${name}`,
    modelId: MODEL,
    sum: addFixed(new Float64Array(hearing.embedding.length), hearing.embedding, 1),
    ...{ hearings: [hearing], rejected: [], moved: [], version: 1, createdAt: NOW, heardAt: NOW },
    expiresAt: "2026-01-31T00:00:00.000Z",
    ...given,
  };
}

export function candidateStoreContract(open: OpenStore): void {
  describe("candidate store", () => {
    test("returns candidates as they were put, in order of ID, only in their own registry", async () => {
      const { one, other } = await open();
      const none = await one.candidates.all(HERE);
      expect(none).toEqual({ version: 0, candidates: [], sortedJobs: [] });
      const speaker = { speakerId: speakerId("ann"), uid: "spk_ann" } as const;
      const rejected = ["cnd_c", "spk_bob"] as const;
      const moved = [{ recording: "upl_a", voice: 1, to: "cnd_c" as const }];
      const [a, b] = [aCandidate("a", { speaker, rejected, moved }), aCandidate("b")];
      await one.candidates.commit(HERE, none, { put: [b, a], sortedJob: "job_a" });
      expect(await other.candidates.all(HERE)).toEqual({
        version: 1,
        candidates: [a, b],
        sortedJobs: ["job_a"],
      });
      expect(await other.candidates.get(HERE, "cnd_a")).toEqual(a);
      expect(await other.candidates.get(ELSEWHERE, "cnd_a")).toBeUndefined();
      expect((await other.candidates.all(ELSEWHERE)).candidates).toEqual([]);
    });

    test("commits all of a change or nothing, and nothing that is based on an older state", async () => {
      const { one, other } = await open();
      const read = await one.candidates.all(HERE);
      const both = await Promise.allSettled([
        one.candidates.commit(HERE, read, { put: [aCandidate("a"), aCandidate("b")] }),
        other.candidates.commit(HERE, read, { put: [aCandidate("a"), aCandidate("c")] }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const lost = both.find((result) => result.status === "rejected");
      expect(lost?.reason).toMatchObject({ slug: "write-contention" });
      const { candidates, version } = await other.candidates.all(HERE);
      const won = both[0].status === "fulfilled" ? "cnd_b" : "cnd_c";
      expect({ version, ids: candidates.map(({ candidateId }) => candidateId) }).toEqual({
        version: 1,
        ids: ["cnd_a", won],
      });
    });

    test("a merged candidate is a pointer that isn't listed, and a removed one leaves nothing", async () => {
      const { one, other } = await open();
      const put = [aCandidate("a"), aCandidate("b"), aCandidate("c")];
      await one.candidates.commit(HERE, await one.candidates.all(HERE), { put });
      const pointer = {
        candidateId: "cnd_b",
        into: "cnd_a",
        version: 2,
        expiresAt: put[0].expiresAt,
      } as const;
      const read = await one.candidates.all(HERE);
      await one.candidates.commit(HERE, read, { merged: [pointer], removed: [put[2]] });
      expect((await other.candidates.all(HERE)).candidates).toEqual([put[0]]);
      expect(await other.candidates.get(HERE, "cnd_b")).toEqual(pointer);
      expect(await other.candidates.get(HERE, "cnd_c")).toBeUndefined();
    });

    test("a candidate reads as absent from its expiry on", async () => {
      const { one, other, clock } = await open();
      await one.candidates.commit(HERE, await one.candidates.all(HERE), { put: [aCandidate("a")] });
      clock.advance(30 * 86_400);
      expect((await other.candidates.all(HERE)).candidates).toEqual([]);
      expect(await other.candidates.get(HERE, "cnd_a")).toBeUndefined();
    });
  });
}
