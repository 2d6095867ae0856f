import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { startTelemetry, type Telemetry } from "../../functions/node/telemetry.ts";
import { observedEmbedder } from "../../lib/domain/registry/observed-embedder.ts";
import { testServices } from "../support/services.ts";
import { bytesOf, clientOf, wav } from "./client.ts";

/** Returns a client of an app that measures itself, as functions/local.ts wires it. */
async function measured(telemetry: Telemetry) {
  const services = await testServices();
  const embedder = observedEmbedder(services.embedder, telemetry.embedder);
  const c = await clientOf({ ...services, embedder }, { metrics: telemetry.text });
  const scrape = async (key = c.key) => {
    for (const entry of c.logs.splice(0)) telemetry.request(entry);
    return c.call("GET", "/metrics", { key, headers: { Accept: "text/plain;version=0.0.4,*/*;q=0.1" } });
  };
  return { ...c, scrape };
}

async function telemetryOf(): Promise<Telemetry> {
  const telemetry = await startTelemetry();
  onTestFinished(() => telemetry.close());
  return telemetry;
}

test("GET /metrics counts requests, decisions, audio and the waiting background tasks", async () => {
  const telemetry = await telemetryOf();
  telemetry.observeQueue(() => 3);
  telemetry.delivery({ destination: "bus", state: "failed" });
  const { call, enroll, scrape } = await measured(telemetry);
  await enroll("ann", "1", "2");
  await call("POST", "/verify?speaker=ann", { headers: wav, body: bytesOf("voice=ann take=3") });
  await call("GET", "/speakers/nobody");
  const { status, headers, text } = await scrape();
  expect([status, headers.get("Content-Type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  const lines = text.split("\n");
  expect(lines).toContain('voiceroll_requests_total{method="POST",route="/verify",status="200"} 1');
  expect(lines).toContain('voiceroll_requests_total{method="GET",route="/speakers/{id}",status="404"} 1');
  expect(lines).toContain('voiceroll_decisions_total{operation="verify",decision="accept"} 1');
  expect(lines).toContain('voiceroll_request_duration_seconds_count{method="POST",route="/verify"} 1');
  expect(lines).toContain("voiceroll_embedding_duration_seconds_count 3");
  expect(lines).toContain("voiceroll_embeddings_in_progress 0");
  expect(lines).toContain("voiceroll_background_tasks_waiting 3");
  expect(lines).toContain('voiceroll_event_attempts_total{destination="bus",state="failed"} 1');
  expect(Number(/^voiceroll_audio_seconds_total (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
});

test("the metrics contain no ID of a registry, speaker or key", async () => {
  const { enroll, scrape, services, key, logs } = await measured(await telemetryOf());
  await enroll("ann-client-id", "1");
  const uid = logs[0]?.speaker;
  const { text } = await scrape();
  expect(uid).toMatch(/^spk_/);
  for (const id of ["ann-client-id", uid, services.registryId, key.split("_")[1]])
    expect(text).not.toContain(id);
});

test("a key without metrics:read gets 403, and a deployment without metrics replies 404", async () => {
  const { scrape, keyWith } = await measured(await telemetryOf());
  const refused = await scrape(await keyWith(["speakers:read"]));
  expect([refused.status, refused.body.detail]).toEqual([403, "This key needs the scope metrics:read."]);
  expect((await scrape(await keyWith(["metrics:read"]))).status).toBe(200);
  const without = await clientOf(await testServices());
  const { status, body } = await without.call("GET", "/metrics");
  expect([status, body.type]).toEqual([404, "urn:voiceroll:problem:route-not-found"]);
});

test("a log line has the level, the peer, the bytes of the body and the seconds of audio", async () => {
  const { call, logs } = await clientOf(await testServices(), { peer: "192.0.2.7" });
  const body = bytesOf("voice=ann take=1");
  await call("POST", "/speakers/ann/enroll", { headers: wav, body });
  await call("GET", "/speakers/nobody");
  expect(logs[0]).toMatchObject({ level: "info", peer: "192.0.2.7", bytes: body.length });
  expect(logs[0]?.audioSeconds).toBeGreaterThan(0);
  expect(logs[1]).toMatchObject({ level: "warn", status: 404, bytes: undefined, audioSeconds: undefined });
});

test("OTLP sends the same metrics to the collector, and the rest when the server stops", async () => {
  const received: string[] = [];
  const collector = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push(`${request.url} ${body}`);
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void collector.close());
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const telemetry = await startTelemetry({ metricsEveryMs: 3_600_000 });
  const { enroll, scrape } = await measured(telemetry);
  await enroll("ann", "1");
  await scrape();
  await telemetry.close();
  expect(received.join("\n")).toMatch(/^\/v1\/metrics /);
  expect(received.join("\n")).toContain('"voiceroll_requests"');
  expect(received.join("\n")).toContain('"service.name"');
});
