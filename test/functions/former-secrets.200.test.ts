/** What a deployment keeps when its secret changes and the former one is still listed. */
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { webhookSender } from "../../lib/adapters/webhook/sender.ts";
import { deliverEvent } from "../../lib/domain/event/deliver.ts";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { receiver } from "../support/receiver.ts";
import { testServices } from "../support/services.ts";
import { bytesOf, type Client, clientOf, json, wav } from "./client.ts";

const secret = new Uint8Array(32).fill(9);
const send = (c: Client, method: string, path: string, fields: object = {}, key = c.key) =>
  c.call(method, path, { key, headers: json, body: JSON.stringify(fields) });

/**
 * A client of a deployment, and of the same one with another secret: with the former one, and
 * without.
 */
async function moved() {
  const services = { ...(await testServices()), webhookSender: webhookSender({ allowPrivate: true }) };
  const c = await clientOf(services);
  return {
    c,
    after: await clientOf({ ...services, secret, formerSecrets: [services.secret] }),
    without: await clientOf({ ...services, secret }),
  };
}

test("keys, tokens and cursors of the former secret are accepted as long as it is listed", async () => {
  const { c, after, without } = await moved();
  for (const name of ["ann", "bob"]) await c.enroll(name, "1", "2");
  const { token } = (await send(c, "POST", "/tokens", { scopes: ["speakers:read"], lifetimeSeconds: 60 }))
    .body;
  const { next } = (await c.call("GET", "/speakers?limit=1")).body;
  for (const key of [c.key, token]) {
    expect((await after.call("GET", "/speakers", { key })).status).toBe(200);
    expect((await without.call("GET", "/speakers", { key })).status).toBe(401);
  }
  const page = `/speakers?limit=1&cursor=${next}`;
  expect((await after.call("GET", page)).body.speakers).toMatchObject([{ id: "bob" }]);
  expect((await without.call("GET", page)).body.type).toMatch(/invalid-cursor$/);
  // A key that is made now needs only the new secret.
  expect((await without.call("GET", "/speakers", { key: after.key })).status).toBe(200);
});

test("a person who opted out and was erased under the former secret stays out, until it is lifted", async () => {
  const { c, after } = await moved();
  await c.enroll("ann", "1", "2");
  await c.call("POST", "/speakers/ann/opt-out");
  await c.call("DELETE", "/speakers/ann");
  expect((await send(after, "POST", "/speakers", { id: "ann" })).body.type).toMatch(/speaker-opted-out$/);
  const enrollment = { headers: wav, body: bytesOf("voice=ann take=3") };
  const refused = await after.call("POST", "/speakers/ann/enroll", enrollment);
  expect(refused.body.type).toMatch(/speaker-opted-out$/);
  await after.call("DELETE", "/speakers/ann/opt-out");
  expect((await send(after, "POST", "/speakers", { id: "ann" })).status).toBe(201);
});

test("an erasure that began under the former secret removes the ID from decisions", async () => {
  const { c, after } = await moved();
  await c.enroll("ann", "1", "2");
  const body = bytesOf("voice=ann take=9");
  await c.call("POST", "/verify?speaker=ann", { headers: wav, body });
  const before = (await c.call("GET", "/decisions")).text;
  await c.call("DELETE", "/speakers/ann");
  const { registryId } = c.services;
  await runBackgroundTask(after.services, { kind: "finish-erasures", registryId });
  const left = (await after.call("GET", "/decisions")).text;
  expect([before.includes('"ann"'), left.includes('"ann"')]).toEqual([true, false]);
});

test("messages to a webhook verify with the secret that it was given under either", async () => {
  const { c, after } = await moved();
  const { url, received } = await receiver();
  c.services.clock.jump((Date.now() - c.services.clock.now().getTime()) / 1000);
  const { webhook, secret: former } = (await send(c, "POST", "/webhooks", { url })).body;
  const { secret: current } = (
    await send(after, "POST", `/webhooks/${webhook.id}/secret`, { overlapSeconds: 60 })
  ).body;
  await send(after, "POST", `/webhooks/${webhook.id}/test`);
  for (const one of await after.services.outbox.list(c.services.registryId))
    await deliverEvent(after.services, one);
  const [{ body, headers }] = received;
  for (const one of [former, current])
    expect(new Webhook(one).verify(body, headers as Record<string, string>)).toMatchObject({
      type: "webhook.test",
    });
});
