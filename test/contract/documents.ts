import { describe, expect, test } from "vitest";
import type { Document, Documents } from "../../lib/adapters/shared/documents.ts";
import { heardProbeStore } from "../../lib/adapters/shared/stores/heard-probes.ts";
import { makeId, makeTimedId } from "../../lib/id.ts";
import type { Moment } from "../../lib/ports/page.ts";
import type { FakeClock } from "../support/fake-world.ts";

/** Opens an empty backend twice, like two processes, on one clock. */
type OpenDocuments = () => Promise<{ one: Documents; other: Documents; clock: FakeClock }>;

const group = (id: string, given: Partial<Document> = {}): Document => ({
  ...{ kind: "group", owner: "reg_here", id, version: 1, body: { id } },
  ...given,
});
const ids = (documents: readonly Document[]) => documents.map(({ id }) => id);

/**
 * The first suite to pass for a new backend: the stores in lib/adapters/shared/stores rely on it.
 */
export function documentsContract(open: OpenDocuments): void {
  describe("documents", () => {
    test("returns a document as it was put, small or large, and undefined for others", async () => {
      const { one, other } = await open();
      const body = { text: "\u00fc".repeat(2000), third: 1 / 3, list: [null, { deep: true }] };
      for (const document of [group("small"), group("large", { body })]) {
        await one.put(document);
        expect(await other.get(document)).toMatchObject(document);
        expect((await other.get(document))?.body).toStrictEqual(document.body);
      }
      for (const key of [
        group("none"),
        group("small", { owner: "reg_far" }),
        group("small", { kind: "cohort" }),
      ])
        expect(await other.get(key)).toBeUndefined();
    });

    test("lists one owner's documents in order of ID, by pages", async () => {
      const { one, other } = await open();
      await one.put(group("c"), group("a"), group("b"), group("d", { owner: "reg_far" }));
      const collection = { kind: "group", owner: "reg_here" } as const;
      expect(ids(await other.list(collection))).toEqual(["a", "b", "c"]);
      expect(ids(await other.list(collection, { after: "a", limit: 1 }))).toEqual(["b"]);
      expect(ids(await other.list(collection, { after: "c" }))).toEqual([]);
    });

    test("lists a speaker's probes, and those of an earlier version for themselves", async () => {
      const { one, other } = await open();
      const owner = "reg_here/spk_a";
      const probe = (id: string, kind: "heardProbe" | "olderHeardProbe" = "heardProbe") =>
        group(id, { kind, owner });
      await one.put(probe("8-b"), probe("8-a"), probe("7-c", "olderHeardProbe"));
      const listed = async (kind: "heardProbe" | "olderHeardProbe", after?: string) =>
        ids(await other.list({ kind, owner }, { ...(after ? { after } : {}), limit: 2 }));
      expect(await listed("heardProbe")).toEqual(["8-a", "8-b"]);
      expect(await listed("heardProbe", "8-a")).toEqual(["8-b"]);
      expect(await listed("heardProbe", "8-b")).toEqual([]);
      expect(await other.last({ kind: "heardProbe", owner })).toMatchObject({ id: "8-b" });
      expect(await listed("olderHeardProbe")).toEqual(["7-c"]);
      const probes = heardProbeStore(other);
      const older = group(`${"8".repeat(13)}-dec_1`, {
        ...{ kind: "olderHeardProbe", owner: "reg_here/spk_b", body: { fingerprint: "AQI=" } },
      });
      await one.put(older);
      expect(await probes.older("reg_here", "spk_b", 9)).toMatchObject([
        { uid: "spk_b", decisionId: "dec_1", fingerprint: Uint8Array.from([1, 2]) },
      ]);
      expect(await probes.newest("reg_here", "spk_b", 9)).toEqual([]);
      expect(await probes.forget("reg_here", "spk_b")).toBe(1);
      expect(await probes.older("reg_here", "spk_b", 9)).toEqual([]);
    });

    test("returns the document with the highest ID of one owner, whichever was put last", async () => {
      const { one, other } = await open();
      const collection = { kind: "group", owner: "reg_here" } as const;
      expect(await other.last(collection)).toBeUndefined();
      await one.put(group("b"), group("c", { body: { found: true } }), group("d", { owner: "reg_far" }));
      await one.put(group("a"));
      expect(await other.last(collection)).toMatchObject({ id: "c", body: { found: true } });
    });

    test("lists documents newest first, up to the limit", async () => {
      const { one, other } = await open();
      for (const [id, at] of [
        ["dec_b", 2000],
        ["dec_c", 1000],
        ["dec_a", 3000],
      ] as const)
        await one.put(group(id, { kind: "decision", at }));
      const collection = { kind: "decision", owner: "reg_here" } as const;
      expect(ids(await other.newest(collection, 2))).toEqual(["dec_a", "dec_b"]);
    });

    test("lists documents of one subject by time, in pages, as their subject is now", async () => {
      const { one, other } = await open();
      const start = 1_700_000_000_000;
      const made = Array.from({ length: 8 }, (_, i) =>
        group(
          makeTimedId(
            "dec",
            start + i,
            Uint8Array.from({ length: 10 }, (_, byte) => (i * 53 + byte) % 256),
          ),
          {
            ...{ kind: "decision", at: start + i, body: { i } },
            ...(i % 4 === 3 ? {} : { subject: i % 2 === 0 ? "spk_even" : "spk_odd" }),
          },
        ),
      );
      await one.put(...made);
      const listed = async (subject: string | undefined, limit = 9, after?: Moment) => {
        const collection = { kind: "decision", owner: "reg_here", subject } as const;
        return (await other.newest(collection, limit, after)).map(({ body }) => (body as { i: number }).i);
      };
      expect(await listed("spk_even")).toEqual([6, 4, 2, 0]);
      expect(await listed("spk_even", 2, { at: start + 6, id: made[6]?.id ?? "" })).toEqual([4, 2]);
      expect(await listed("spk_odd")).toEqual([5, 1]);
      expect(await listed("spk_none")).toEqual([]);
      const [first, , third] = made;
      if (!first || !third) throw new RangeError("no document");
      const { subject: _, ...nobody } = first;
      expect(await one.putVersion({ ...nobody, version: 2 })).toBe(true);
      await one.remove(third);
      expect(await listed("spk_even")).toEqual([6, 4]);
      expect(await listed(undefined)).toEqual([7, 6, 5, 4, 3, 1, 0]);
    });

    test("continues a list by time after a moment, also among documents of one time", async () => {
      const { one, other } = await open();
      for (const id of ["job_b", "job_a", "job_c"]) await one.put(group(id, { kind: "job", at: 2000 }));
      await one.put(group("job_old", { kind: "job", at: 1000 }), group("job_new", { kind: "job", at: 3000 }));
      const collection = { kind: "job", owner: "reg_here" } as const;
      const listAfter = async (at: number, id: string, limit = 9) =>
        ids(await other.newest(collection, limit, { at, id }));
      expect(await listAfter(3000, "job_new", 2)).toEqual(["job_c", "job_b"]);
      expect(await listAfter(2000, "job_b")).toEqual(["job_a", "job_old"]);
      expect(await listAfter(2000, "")).toEqual(["job_old"]);
      expect(await listAfter(1000, "job_old")).toEqual([]);
    });

    test("lists documents by time in pages, whether or not their IDs begin with it", async () => {
      const { one, other } = await open();
      const start = 1_700_000_000_000;
      const made = Array.from({ length: 60 }, (_, i) => {
        // Every third has an ID of another kind, and pairs have the same time.
        const at = start + 1000 * Math.floor(i / 2);
        const bytes = Uint8Array.from({ length: 10 }, (_, byte) => (i * 37 + byte * 91) % 256);
        const id =
          i % 3 === 0 ? makeId("dec", Uint8Array.of(i * 4, ...bytes)) : makeTimedId("dec", at, bytes);
        return group(id, { kind: "decision", at, body: { i } });
      });
      await Promise.all(made.map((document) => one.put(document)));
      const newestFirst = made.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0) || (a.id < b.id ? 1 : -1));
      const collection = { kind: "decision", owner: "reg_here" } as const;
      for (const size of [7, 60]) {
        const listed: Document[] = [];
        for (let after: Moment | undefined; ; ) {
          const page = await other.newest(collection, size, after);
          listed.push(...page);
          const last = newestFirst[listed.length - 1];
          if (page.length < size || !last) break;
          after = { at: last.at ?? 0, id: last.id };
        }
        expect(ids(listed)).toEqual(ids(newestFirst));
      }
      expect(ids(await other.newest(collection, 2, { at: start + 1000, id: "" }))).toEqual(
        ids(newestFirst.slice(-2)),
      );
      const changed = made[1];
      if (!changed) throw new RangeError("no document");
      expect(await one.putVersion({ ...changed, version: 2, body: { changed: true } })).toBe(true);
      expect((await other.get(changed))?.body).toEqual({ changed: true });
      await one.remove({ ...changed, version: 2 });
      expect(await other.get(changed)).toBeUndefined();
    });

    test("`every` returns each live document that has a time, also while they change", async () => {
      const { one, other, clock } = await open();
      const now = clock.now().getTime();
      const names = Array.from({ length: 250 }, (_, i) => `dec_${i}`);
      const of = (id: string, given: Partial<Document> = {}) =>
        group(id, { kind: "decision", at: now, ...given });
      // Half of the IDs begin with their times.
      for (let i = 0; i < names.length; i += 2)
        names[i] = makeTimedId("dec", now + i, new Uint8Array(10).fill(i));
      for (const [i, id] of names.entries()) await one.put(of(id, { at: now + i }));
      await one.put(of("dec_far", { owner: "reg_far" }), of("dec_over", { expiresAt: now }));
      const seen: string[] = [];
      for await (const page of other.every({ kind: "decision", owner: "reg_here" }))
        for (const document of page) {
          seen.push(document.id);
          const at = now + names.indexOf(document.id);
          expect(await other.putVersion({ ...document, at, body: { changed: true }, version: 2 })).toBe(true);
        }
      expect(seen.toSorted()).toEqual(names.toSorted());
      expect((await one.get(of("dec_7")))?.body).toEqual({ changed: true });
    });

    test("putOnce puts a document once and returns the existing one after that", async () => {
      const { one, other } = await open();
      const puts = Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? one : other).putOnce(group("a", { body: { i } })),
      );
      const results = await Promise.all(puts);
      const winner = results.indexOf(undefined);
      expect(results.filter((existing) => existing === undefined)).toHaveLength(1);
      for (const existing of results.filter((result) => result !== undefined))
        expect(existing.body).toEqual({ i: winner });
    });

    test("putVersion puts both documents over the version before it, or neither", async () => {
      const { one, other } = await open();
      const result = (id: string) => group(id, { kind: "jobResult", owner: "reg_here/job_a" });
      expect(await one.putVersion(group("a", { version: 2 }), result("x"))).toBe(false);
      expect(await one.putVersion(group("a"), result("1"))).toBe(true);
      expect(await other.putVersion(group("a"))).toBe(false);
      expect(await other.putVersion(group("a", { version: 3 }), result("x"))).toBe(false);
      expect(await other.putVersion(group("a", { version: 2 }), result("2"))).toBe(true);
      expect((await one.get(group("a")))?.version).toBe(2);
      expect(ids(await one.list({ kind: "jobResult", owner: "reg_here/job_a" }))).toEqual(["1", "2"]);
    });

    test("puts groups of documents, and replaces existing ones", async () => {
      const { one, other } = await open();
      await one.put(group("a"));
      await one.putGroups([group("a", { body: { new: true } }), group("b")], [], [group("c")]);
      const collection = { kind: "group", owner: "reg_here" } as const;
      expect(ids(await other.list(collection))).toEqual(["a", "b", "c"]);
      expect((await other.get(group("a")))?.body).toEqual({ new: true });
    });

    test("removes a document only at its version", async () => {
      const { one } = await open();
      await one.put(group("a", { version: 2 }));
      await one.remove(group("a"));
      expect(await one.get(group("a"))).toBeDefined();
      await one.remove(group("a", { version: 2 }));
      expect(await one.get(group("a"))).toBeUndefined();
    });

    test("an expired document reads as absent, and only a first version can replace it", async () => {
      const { one, other, clock } = await open();
      const expiresAt = clock.now().getTime() + 1500;
      for (const id of ["a", "b"]) await one.put(group(id, { expiresAt }));
      clock.advance(1.499);
      expect(await other.get(group("a"))).toMatchObject({ expiresAt });
      clock.advance(0.001);
      expect(await other.get(group("a"))).toBeUndefined();
      expect(await other.list({ kind: "group", owner: "reg_here" })).toEqual([]);
      expect(await other.putVersion(group("a", { version: 2 }))).toBe(false);
      expect(await other.putVersion(group("a"))).toBe(true);
      expect(await other.putOnce(group("b"))).toBeUndefined();
    });
  });
}
