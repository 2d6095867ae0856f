import { expect, test } from "vitest";
import { bytesOf, client, json, wav } from "./client.ts";
import { cohortBuilt } from "./job.ts";
import { uploaded } from "./upload.ts";

const GIVEN = {
  givenBy: { who: "person" },
  text: { name: "voice-notice", version: "2026-11", language: "en" },
  purposes: ["enroll", "verify"],
  channel: "web",
  evidence: { reference: "https://example.com/signed/17", sha256: "0f".repeat(32) },
  givenAt: "2025-06-02T10:00:00+02:00",
};

async function consents() {
  const c = await client();
  const send = (method: string, path: string, body: object = {}, more: Record<string, string> = {}) =>
    c.call(method, path, { headers: { ...json, ...more }, body: JSON.stringify(body) });
  return {
    c,
    send,
    record: (id: string, given: object = {}, more = {}) =>
      send("POST", `/speakers/${id}/consents`, { ...GIVEN, ...given }, more),
    verify: (id: string) =>
      c.call("POST", `/verify?speaker=${id}`, { headers: wav, body: bytesOf(`voice=${id} take=9`) }),
    identify: (voice: string) =>
      c.call("POST", "/identify", { headers: wav, body: bytesOf(`voice=${voice} take=9`) }),
  };
}

test("a consent is stored as it was given, and its withdrawal is added to it", async () => {
  const { c, send, record } = await consents();
  await c.enroll("ann", "1");
  const made = await record("ann");
  expect(made).toMatchObject({ status: 201, body: { ...GIVEN, givenAt: "2025-06-02T08:00:00.000Z" } });
  expect(made.body).toMatchObject({ withdrawal: null, recordedBy: expect.stringMatching(/^key_/) });
  const later = await record("ann", {
    givenBy: { who: "representative", name: "Ann's mother", relation: "parent" },
    purposes: ["identify"],
    evidence: undefined,
    givenAt: undefined,
  });
  expect((await c.call("GET", "/speakers/ann/consents")).body).toEqual({
    consents: [made.body, later.body],
    purposes: ["enroll", "identify", "verify"],
  });
  const path = `/speakers/ann/consents/${made.body.id}/withdraw`;
  const withdrawn = await send("POST", path, { reason: "by letter", at: "2025-07-01" });
  expect(withdrawn.body.withdrawal).toMatchObject({ at: "2025-07-01T00:00:00.000Z", reason: "by letter" });
  // A second withdrawal doesn't rewrite the first.
  expect((await send("POST", path, { reason: "again" })).body).toEqual(withdrawn.body);
  expect((await c.call("GET", "/speakers/ann/consents")).body).toEqual({
    consents: [withdrawn.body, later.body],
    purposes: ["identify"],
  });
});

test("a withdrawal stops verify, identify and enroll at once, and another consent allows them again", async () => {
  const { c, send, record, verify, identify } = await consents();
  for (const id of ["ann", "bob"]) await c.enroll(id, "1", "2", "3");
  const { id } = (await record("ann", { purposes: ["enroll", "verify", "identify"] })).body;
  expect((await verify("ann")).body.decision).toBe("accept");
  expect((await identify("ann")).body).toMatchObject({
    decision: "match",
    candidates: [{ speaker: "ann" }, {}],
  });

  await send("POST", `/speakers/ann/consents/${id}/withdraw`);
  const refused = await verify("ann");
  expect([refused.status, refused.body.type]).toEqual([422, expect.stringMatching(/consent-required$/)]);
  expect(refused.body.detail).toContain('purpose "verify"');
  expect((await identify("ann")).body.candidates).toMatchObject([{ speaker: "bob" }]);
  const enrolled = await c.enroll("ann", "4");
  expect(enrolled.body.detail).toContain('purpose "enroll"');
  expect((await verify("bob")).status).toBe(200);

  await record("ann", { purposes: ["verify"] });
  expect((await verify("ann")).body.decision).toBe("accept");
  expect((await identify("ann")).body.candidates).toMatchObject([{ speaker: "bob" }]);
});

test("a registry can require a recorded consent for each purpose", async () => {
  const { c, send, record, verify, identify } = await consents();
  await c.enroll("ann", "1", "2", "3");
  await send("PATCH", "/registry", { requiredPurposes: ["enroll", "identify"] });
  expect((await verify("ann")).body.decision).toBe("accept");
  expect((await identify("ann")).body.reasons).toEqual(["empty_gallery"]);
  expect((await c.enroll("eve", "1")).body.type).toMatch(/consent-required$/);
  await send("POST", "/speakers", { id: "eve" });
  await record("eve");
  expect(await c.enroll("eve", "1")).toMatchObject({ status: 201 });
});

test("a repeated request with an Idempotency-Key records one consent", async () => {
  const { c, record } = await consents();
  await c.enroll("ann", "1");
  const key = { "Idempotency-Key": "consent-1" };
  const [first, second] = [await record("ann", {}, key), await record("ann", {}, key)];
  expect(second.body).toEqual(first.body);
  expect((await c.call("GET", "/speakers/ann/consents")).body.consents).toHaveLength(1);
});

test("an erasure keeps a proof that names nobody, if the registry says so", async () => {
  const { c, send, record } = await consents();
  const proofs = async (id: string) => (await c.call("GET", `/speakers/${id}/consent-proofs`)).body.proofs;
  const receipt = async (id: string) => {
    await c.enroll(id, "1");
    const { body } = await record(id, { givenBy: { who: "person", name: "Ann Smith" } });
    await send("POST", `/speakers/${id}/consents/${body.id}/withdraw`, { reason: "Ann moved" });
    const erased = await c.call("DELETE", `/speakers/${id}`);
    return { consent: body, receipt: erased.headers.get("Erasure-Receipt") };
  };
  expect((await receipt("ann")).receipt).not.toContain("proof");
  expect(await proofs("ann")).toEqual([]);

  await send("PATCH", "/registry", { keepConsentProofs: true });
  const { consent, receipt: kept } = await receipt("bob");
  expect(kept).toContain("a proof of the consents");
  const [proof, ...others] = await proofs("bob");
  expect(others).toEqual([]);
  const { id, text, purposes, givenAt } = consent;
  expect(proof.consents).toEqual([
    { id, text, purposes, givenAt, withdrawal: expect.objectContaining({ reason: null }) },
  ]);
  expect(JSON.stringify(proof)).not.toMatch(/bob|Ann|example\.com/);
  expect(await proofs("eve")).toEqual([]);
  // An opt-out removes the voice as well, and keeps the same proof.
  await c.enroll("eve", "1");
  await record("eve");
  await c.call("POST", "/speakers/eve/opt-out");
  expect(await proofs("eve")).toHaveLength(1);
});

test("a recording of the consent is an upload, which is stored, heard and erased with the person", async () => {
  const { c, record } = await consents();
  await c.enroll("ann", "1");
  const upload = await uploaded(c, "I, Ann, agree");
  const { status, body } = await record("ann", { evidence: { upload } });
  expect([status, body.evidence]).toMatchObject([201, { reference: null, recording: true }]);
  const path = `/speakers/ann/consents/${body.id}/evidence`;
  const file = await c.app.request(path, { headers: { Authorization: `Bearer ${c.key}` } });
  expect(await file.text()).toMatch(/^I, Ann, agree/);
  expect((await record("ann", { evidence: { upload } })).body.type).toMatch(/upload-consumed$/);
  const key = await c.keyWith(["speakers:read"]);
  expect((await c.call("GET", path, { key })).body.type).toMatch(/insufficient-scope$/);
  const plain = (await record("ann")).body.id;
  expect((await c.call("GET", path.replace(body.id, plain))).body.type).toMatch(/consent-not-found$/);
  await c.call("DELETE", "/speakers/ann");
  expect(await c.services.clips.list(c.services.registryId)).toEqual([]);
});

test("refuses what can't be a consent", async () => {
  const { c, send, record } = await consents();
  await c.enroll("ann", "1");
  for (const [given, pointer] of [
    [{ givenAt: "2099-01-01" }, "/givenAt"],
    [{ purposes: [] }, "/purposes"],
    [{ purposes: ["verify", "verify"] }, "/purposes"],
    [{ evidence: { reference: "a", sha256: "xyz" } }, "/evidence/sha256"],
    [{ evidence: { sha256: "0f".repeat(32) } }, "/evidence"],
  ] as const) {
    const { status, body } = await record("ann", given);
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  }
  expect((await record("nobody")).body.type).toMatch(/speaker-not-found$/);
  const path = "/speakers/ann/consents/con_00/withdraw";
  expect((await send("POST", path)).body.type).toMatch(/consent-not-found$/);
  for (let i = 0; i < 50; i++) await record("ann");
  expect((await record("ann")).body.type).toMatch(/consent-limit-reached$/);
});

test("who withdraws every purpose leaves the cohorts, and new ones are built without them", async () => {
  const { c, send, record } = await consents();
  for (let i = 0; i < 40; i++) await c.enroll(`voice-${i}`, "1", "2");
  const built = () => cohortBuilt(c, { from: ["registry"], topN: 5 });
  const size = async (id: string) => (await c.call("GET", `/cohorts/${id}`)).body.size;
  const { cohort } = await built();
  const { id } = (await record("voice-7", { purposes: ["enroll", "verify"] })).body;
  expect(await size(cohort.id)).toBe(40);
  await send("POST", `/speakers/voice-7/consents/${id}/withdraw`);
  expect(await size(cohort.id)).toBe(39);
  expect((await built()).cohort.size).toBe(39);
});
