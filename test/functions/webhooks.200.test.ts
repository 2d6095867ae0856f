import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { webhookSender } from "../../lib/adapters/webhook/sender.ts";
import { deliverEvent } from "../../lib/domain/event/deliver.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { receiver } from "../support/receiver.ts";
import { testServices } from "../support/services.ts";
import { type Client, client, clientOf, json } from "./client.ts";

const send = (c: Client, method: string, path: string, fields: object = {}, key = c.key) =>
  c.call(method, path, { key, headers: json, body: JSON.stringify(fields) });
const create = (c: Client, fields: object, key = c.key) => send(c, "POST", "/webhooks", fields, key);
const URL_A = "https://app.example.com/hook?token=1";

/** A client whose events may go to servers on this machine. */
async function localClient(): Promise<Client> {
  const services = await testServices();
  return clientOf({ ...services, webhookSender: webhookSender({ allowPrivate: true }) });
}

/** Sends every delivery that waits and is due. */
async function deliverAll({ services }: Client): Promise<void> {
  for (const delivery of await services.outbox.list(services.registryId))
    await deliverEvent(services, delivery);
}

test("creates a webhook with a secret that no other reply has, changes it and deletes it", async () => {
  const c = await client();
  const made = await create(c, { url: URL_A, name: "app", events: ["job.finished"] });
  expect([made.status, made.body.webhook]).toMatchObject([
    201,
    { url: URL_A, name: "app", events: ["job.finished"], enabled: true, disabledBecause: null },
  ]);
  expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const { id } = made.body.webhook;
  const listed = await c.call("GET", "/webhooks");
  expect(listed.body).toEqual({ webhooks: [made.body.webhook] });
  expect(listed.text).not.toContain("whsec_");
  expect((await c.call("GET", `/webhooks/${id}`)).body).toEqual(made.body.webhook);
  const changed = await send(c, "PATCH", `/webhooks/${id}`, { name: null, events: null, enabled: false });
  expect(changed.body).toMatchObject({
    name: null,
    events: null,
    enabled: false,
    disabledBecause: "request",
  });
  expect((await send(c, "PATCH", `/webhooks/${id}`, { enabled: true })).body.disabledBecause).toBeNull();
  expect((await send(c, "DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await c.call("GET", `/webhooks/${id}`)).body.type).toMatch(/webhook-not-found$/);
  expect((await send(c, "DELETE", `/webhooks/${id}`)).status).toBe(404);
});

test("stores no secret for a retry: each request creates a webhook of its own", async () => {
  const c = await client();
  const retry = () =>
    c.call("POST", "/webhooks", {
      headers: { ...json, "Idempotency-Key": "one" },
      body: JSON.stringify({ url: URL_A }),
    });
  const [first, second] = [await retry(), await retry()];
  expect(first.body.secret).not.toBe(second.body.secret);
});

test("a registry has at most ten webhooks, and doesn't see another registry's", async () => {
  const c = await client();
  for (let i = 0; i < 10; i++) expect((await create(c, { url: URL_A })).status).toBe(201);
  const refused = await create(c, { url: URL_A });
  expect([refused.status, refused.body.type]).toEqual([409, "urn:voiceroll:problem:webhook-limit-reached"]);
  const { webhooks } = (await c.call("GET", "/webhooks")).body;
  expect(webhooks).toHaveLength(10);
  const { registryId } = await ensureRegistry(c.services, "other");
  const other = await clientOf({ ...c.services, registryId });
  expect((await other.call("GET", "/webhooks")).body.webhooks).toEqual([]);
  expect((await other.call("GET", `/webhooks/${webhooks[0].id}`)).status).toBe(404);
});

test.each([
  ["http://app.example.com/", "Use a URL that starts with https://."],
  ["ftp://app.example.com/", "Use a URL that starts with https://."],
  ["app.example.com", "Use a URL that starts with https://."],
  ["https://user:pass@app.example.com/", "A URL can't have a user name, a password or a fragment."],
  ["https://127.0.0.1/", "This address isn't public, so events aren't sent to it."],
  ["https://0x7f.1/", "This address isn't public, so events aren't sent to it."],
  ["https://169.254.169.254/latest/meta-data", "This address isn't public, so events aren't sent to it."],
  ["https://[::1]/", "This address isn't public, so events aren't sent to it."],
])("rejects the URL %s", async (url, detail) => {
  const c = await client();
  const refused = await create(c, { url });
  expect([refused.status, refused.body.errors]).toEqual([422, [{ pointer: "/url", detail }]]);
});

test("decision.made can be named only in a registry that makes it", async () => {
  const c = await client();
  const refused = await create(c, { url: URL_A, events: ["decision.made"] });
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/events"]);
  await send(c, "PATCH", "/registry", { decisionEvents: true });
  expect((await create(c, { url: URL_A, events: ["decision.made"] })).status).toBe(201);
});

test("webhooks:read reads, webhooks:write also changes, and no other scope does either", async () => {
  const c = await client();
  const [reader, writer, other] = [
    await c.keyWith(["webhooks:read"]),
    await c.keyWith(["webhooks:write"]),
    await c.keyWith(["settings", "keys:write"]),
  ];
  const { id } = (await create(c, { url: URL_A }, writer)).body.webhook;
  const statuses = async (key: string) => [
    (await c.call("GET", "/webhooks", { key })).status,
    (await c.call("GET", `/webhooks/${id}/deliveries`, { key })).status,
    (await send(c, "PATCH", `/webhooks/${id}`, { name: "x" }, key)).status,
    (await send(c, "POST", `/webhooks/${id}/test`, {}, key)).status,
  ];
  expect(await statuses(reader)).toEqual([200, 200, 403, 403]);
  expect(await statuses(writer)).toEqual([200, 200, 200, 202]);
  expect(await statuses(other)).toEqual([403, 403, 403, 403]);
});

test("the reference library verifies a delivery by the secret, and nothing else", async () => {
  const c = await localClient();
  const { url, received } = await receiver();
  const { webhook, secret } = (await create(c, { url })).body;
  // The reference library compares the timestamp with the real time.
  c.services.clock.jump((Date.now() - c.services.clock.now().getTime()) / 1000);
  const { event } = (await send(c, "POST", `/webhooks/${webhook.id}/test`)).body;
  await deliverAll(c);
  const [{ headers, body } = { headers: {}, body: "" }] = received;
  const given = headers as Record<string, string>;
  expect([given["webhook-id"], given["content-type"]]).toEqual([event, "application/json"]);
  const verified = new Webhook(secret).verify(body, given);
  expect(verified).toMatchObject({ type: "webhook.test", data: {} });
  expect(() => new Webhook(secret).verify(`${body} `, given)).toThrow();
  const other = (await create(c, { url })).body.secret;
  expect(() => new Webhook(other).verify(body, given)).toThrow();
});

test("after a rotation both secrets verify until the overlap is over, then only the new one", async () => {
  const c = await localClient();
  const { url, received } = await receiver();
  const { webhook, secret: old } = (await create(c, { url })).body;
  c.services.clock.jump((Date.now() - c.services.clock.now().getTime()) / 1000);
  const rotated = await send(c, "POST", `/webhooks/${webhook.id}/secret`, { overlapSeconds: 60 });
  const { secret } = rotated.body;
  expect(secret).not.toBe(old);
  const verifies = async () => {
    await send(c, "POST", `/webhooks/${webhook.id}/test`);
    await deliverAll(c);
    const last = received.at(-1);
    return [old, secret].map((one) => {
      try {
        new Webhook(one).verify(last?.body ?? "", last?.headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    });
  };
  expect(await verifies()).toEqual([true, true]);
  c.services.clock.jump(61);
  expect(await verifies()).toEqual([false, true]);
});

test("lists the deliveries with the reply of the last attempt, newest first, page by page", async () => {
  const c = await localClient();
  const { url, reply } = await receiver();
  const { id } = (await create(c, { url })).body.webhook;
  const deliveries = (page = "") => c.call("GET", `/webhooks/${id}/deliveries${page}`);
  reply.status = 503;
  const failed = (await send(c, "POST", `/webhooks/${id}/test`)).body.event;
  expect((await deliveries()).body).toEqual({ deliveries: [], next: null });
  await deliverAll(c);
  c.services.clock.advance(2);
  reply.status = 200;
  const delivered = (await send(c, "POST", `/webhooks/${id}/test`)).body.event;
  await deliverAll(c);
  const { body } = await deliveries();
  const times = { createdAt: expect.any(String), attemptedAt: expect.any(String) };
  const common = { type: "webhook.test", attempts: 1, failure: null, ...times };
  expect(body.deliveries).toEqual([
    { event: delivered, state: "delivered", status: 200, nextAttemptAt: null, ...common },
    { event: failed, state: "waiting", status: 503, nextAttemptAt: "2026-01-01T00:00:05.000Z", ...common },
  ]);
  const first = (await deliveries("?limit=1")).body;
  expect(first.deliveries).toEqual([body.deliveries[0]]);
  const second = (await deliveries(`?limit=1&cursor=${first.next}`)).body;
  expect(second.deliveries).toEqual([body.deliveries[1]]);
});
