import { expect, test } from "vitest";
import { bytesOf, client, json, wav } from "./client.ts";

const change = (settings: object) => ({ headers: json, body: JSON.stringify(settings) });

test("the settings are read with the default of each one that was never set", async () => {
  const c = await client();
  const { status, body } = await c.call("GET", "/registry");
  expect(status).toBe(200);
  expect(body.settings).toMatchObject({
    enrollSpeechSeconds: 20,
    keepAudio: true,
    speakerDays: null,
    decisionDays: 90,
    far: null,
    replay: "flag",
    guessing: { pauseSeconds: 30, longestPauseSeconds: 900 },
  });
});

test("a change applies at once, keeps the other settings, and null resets one", async () => {
  const c = await client();
  const { body: before } = await c.call("GET", "/registry");
  const changed = await c.call("PATCH", "/registry", change({ consentRequired: true, far: 0.02 }));
  expect(changed.body.settings).toEqual({ ...before.settings, consentRequired: true, far: 0.02 });
  const clip = { headers: wav, body: bytesOf("voice=ann take=1") };
  const refused = await c.call("POST", "/speakers/ann/enroll", clip);
  expect(refused.body.type).toBe("urn:voiceroll:problem:consent-required");
  await c.call("PATCH", "/registry", change({ consentRequired: false, far: null }));
  expect((await c.call("GET", "/registry")).body).toEqual(before);
  expect((await c.call("POST", "/speakers/ann/enroll", clip)).status).toBe(201);
});

test("limits of guesses that aren't named stay as they are", async () => {
  const c = await client();
  await c.call("PATCH", "/registry", change({ guessing: { rejects: 3 } }));
  const { body } = await c.call("PATCH", "/registry", change({ guessing: { misses: 7 } }));
  expect(body.settings.guessing).toMatchObject({ rejects: 3, misses: 7, pauseSeconds: 30 });
});

test("the audit log has the changed settings and their values", async () => {
  const c = await client();
  await c.call("PATCH", "/registry", change({ keepAudio: false, guessing: { rejects: 3 } }));
  const { body } = await c.call("GET", "/audit");
  const details = { keepAudio: false, "guessing.rejects": 3 };
  expect(body.entries.at(-1)).toMatchObject({ operation: "updateRegistry", outcome: "done", details });
});

test("a key without the scope `settings` can neither read nor change them", async () => {
  const c = await client();
  const key = await c.keyWith(["speakers:write", "calibrations"]);
  expect((await c.call("GET", "/registry", { key })).status).toBe(403);
  expect((await c.call("PATCH", "/registry", { ...change({ keepAudio: false }), key })).status).toBe(403);
});

test("nothing, an unknown setting and a value out of its range are refused", async () => {
  const c = await client();
  for (const one of [{}, { suspended: true }, { far: 1 }, { decisionDays: 0 }, { guessing: { pause: 1 } }])
    expect([one, (await c.call("PATCH", "/registry", change(one))).status]).toEqual([one, 422]);
});
