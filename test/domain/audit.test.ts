import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { record } from "../../lib/domain/audit/record.ts";
import { verifyAudit } from "../../lib/domain/audit/verify.ts";
import { hashOfId } from "../../lib/domain/speaker/id-hash.ts";
import { entryHash, type Json } from "../../lib/hash-chain.ts";
import type { AuditEntry } from "../../lib/schema/audit.ts";
import { type TestServices, testServices } from "../support/services.ts";

/** A registry with five entries. */
async function withEntries(): Promise<TestServices> {
  const services = await testServices();
  const { registryId } = services;
  for (const speakerId of ["ann", "bob", "cy", "dan", "eve"])
    await record(services, { registryId, operation: "eraseSpeaker", speakerId }, "done");
  return services;
}

const verified = (services: TestServices, head?: { seq: number; hash: string }) =>
  verifyAudit(services.audit.every(services.registryId), { head, registry: services.registryId });

/** Runs SQL on the store's database from another connection, as somebody with the disk could. */
function tamper({ folder }: TestServices, sql: string, ...values: (string | number)[]): void {
  const database = new DatabaseSync(join(folder, "voiceroll.db"), { timeout: 5000 });
  database.prepare(sql).run(...values);
  database.close();
}

const id = (seq: number) => String(seq).padStart(12, "0");
const entriesOf = async ({ audit, registryId }: TestServices) => [...(await audit.list(registryId, 1, 100))];
const put = (services: TestServices, seq: number, ...entries: readonly object[]) =>
  tamper(
    services,
    "INSERT OR REPLACE INTO documents(kind, owner, id, version, body) VALUES ('audit', ?, ?, 1, ?)",
    services.registryId,
    id(seq),
    JSON.stringify({ entries }),
  );
const drop = (services: TestServices, seq: number) =>
  tamper(services, "DELETE FROM documents WHERE kind = 'audit' AND id = ?", id(seq));
const rehashed = (entry: object): object => ({ ...entry, hash: entryHash(entry as Record<string, Json>) });

test("a log that nobody touched is one chain, and its head is the known one", async () => {
  const services = await withEntries();
  const head = await services.audit.head(services.registryId);
  expect(head?.seq).toBe(5);
  expect(await verified(services, head)).toEqual({ entries: 5, head, broken: undefined });
});

test.each<[string, number, (services: TestServices, entries: AuditEntry[]) => void]>([
  ["a changed outcome", 3, (s, [, , third]) => put(s, 3, { ...third, outcome: "speaker-not-found" })],
  [
    "a changed speaker with a new hash",
    4,
    (s, [, , third]) => put(s, 3, rehashed({ ...third, speaker: null })),
  ],
  ["an added field", 2, (s, [, second]) => put(s, 2, { ...second, note: "x" })],
  ["a dropped entry", 3, (s) => drop(s, 3)],
  ["a dropped first entry", 1, (s) => drop(s, 1)],
  [
    "two swapped entries",
    2,
    (s, [, second, third]) => {
      put(s, 2, third);
      put(s, 3, second);
    },
  ],
  ["an inserted copy", 3, (s, [, second]) => put(s, 2, second, second)],
  [
    "an entry that was inserted with a valid hash",
    5,
    (s, [, , third]) => put(s, 3, third, rehashed({ ...third, seq: 4, previous: third.hash })),
  ],
  [
    "text that isn't JSON",
    2,
    (s) => tamper(s, "UPDATE documents SET body = '{' WHERE kind = 'audit' AND id = ?", id(2)),
  ],
])("verify finds %s", async (_what, first, change) => {
  const services = await withEntries();
  change(services, await entriesOf(services));
  expect((await verified(services)).broken?.seq).toBe(first);
});

test("entries removed at the end, and a chain computed again, show only against a head kept elsewhere", async () => {
  const cut = await withEntries();
  const head = await cut.audit.head(cut.registryId);
  drop(cut, 5);
  expect((await verified(cut)).broken).toBeUndefined();
  expect((await verified(cut, head)).broken).toMatchObject({
    seq: 5,
    why: expect.stringMatching(/known head/),
  });

  const forged = await withEntries();
  const known = await forged.audit.head(forged.registryId);
  let previous = "0".repeat(64);
  for (const entry of await entriesOf(forged)) {
    const next = rehashed({ ...entry, previous, outcome: "speaker-not-found" }) as AuditEntry;
    put(forged, entry.seq, next);
    previous = next.hash;
  }
  expect((await verified(forged)).broken).toBeUndefined();
  expect((await verified(forged, known)).broken?.seq).toBe(5);
});

test("another registry's log is not accepted as this one's", async () => {
  const { audit, registryId } = await withEntries();
  const check = await verifyAudit(audit.every(registryId), { registry: "reg_other" });
  expect(check.broken?.seq).toBe(1);
});

test("an entry has keyed hashes instead of the IDs of speaker and caller, the same for the same ID", async () => {
  const services = await testServices();
  const { registryId, secret } = services;
  const act = {
    registryId,
    keyId: "key_a",
    callerId: "till 4",
    operation: "verify",
    speakerId: "ann",
  } as const;
  for (const outcome of ["dec_1", "dec_2"]) await record(services, act, outcome);
  const [first, second] = await entriesOf(services);
  expect(first).toMatchObject({
    key: "key_a",
    outcome: "dec_1",
    speaker: hashOfId(secret, registryId, "ann"),
  });
  expect(first?.caller).toMatch(/^[0-9a-f]{64}$/);
  expect([second?.speaker, second?.caller]).toEqual([first?.speaker, first?.caller]);
  expect(JSON.stringify([first, second])).not.toMatch(/ann|till/);
});
