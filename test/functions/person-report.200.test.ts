import { expect, test } from "vitest";
import { bytesOf, client, json, wav } from "./client.ts";

test("a report has everything that is held about a person, and nothing about others", async () => {
  const c = await client();
  const put = (method: string, path: string, body: object) =>
    c.call(method, path, { headers: json, body: JSON.stringify(body) });
  for (const id of ["ann", "bob"]) await c.enroll(id, "1", "2");
  await put("PATCH", "/speakers/ann", { name: "Ann", metadata: { team: "night" } });
  const consent = await put("POST", "/speakers/ann/consents", {
    givenBy: { who: "person" },
    text: { name: "voice-notice", version: "3" },
    purposes: ["verify", "identify"],
  });
  await put("PUT", "/groups/team/members", { speakers: ["ann", "bob"] });
  await put("PUT", "/groups/others/members", { speakers: ["bob"] });
  const probe = (path: string, voice: string) =>
    c.call("POST", path, { headers: wav, body: bytesOf(`voice=${voice} take=9`) });
  const accepted = await probe("/verify?speaker=ann", "ann");
  c.services.clock.advance(1);
  await probe("/verify?speaker=bob", "bob");
  const rejected = await probe("/verify?speaker=ann", "bob");

  const { body, text } = await c.call("GET", "/speakers/ann/report");
  expect(body).toMatchObject({
    registry: "test",
    speaker: { id: "ann", name: "Ann", metadata: { team: "night" }, attempts: { rejects: 1 } },
    consents: { consents: [consent.body], purposes: ["identify", "verify"] },
    consentReference: null,
    voiceprint: { clips: 2 },
    clips: [{ recording: true }, { recording: true }],
    heardProbes: 1,
    groups: ["team"],
    inCohort: false,
    decisions: [
      { decisionId: rejected.body.decisionId, operation: "verify", decision: "reject" },
      { decisionId: accepted.body.decisionId, operation: "verify", decision: "accept" },
    ],
    moreDecisions: false,
  });
  expect(text).not.toContain("bob");
  expect(body.elsewhere).toEqual(expect.arrayContaining([expect.stringContaining("audit log")]));
  const [clip] = body.clips;
  expect((await c.call("GET", `/speakers/ann/clips/${clip.id}/audio`)).status).toBe(200);
});

test("a report is for keys with the scope audit:read, and of a speaker that exists", async () => {
  const c = await client();
  const key = await c.keyWith(["speakers:read", "decisions:read", "clips:read"]);
  expect((await c.call("GET", "/speakers/ann/report", { key })).body.type).toMatch(/insufficient-scope$/);
  expect((await c.call("GET", "/speakers/ann/report")).body.type).toMatch(/speaker-not-found$/);
  // An opted-out person can ask as well.
  await c.call("POST", "/speakers/ann/opt-out");
  expect((await c.call("GET", "/speakers/ann/report")).body).toMatchObject({
    speaker: { status: "opted-out" },
    voiceprint: null,
    clips: [],
  });
});
