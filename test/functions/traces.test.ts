/* Traces, as a collector receives them from a server that embeds real speech. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startTelemetry } from "../../functions/node/telemetry.ts";
import { ROOT, startProcess } from "./process.ts";

type Attribute = { key: string; value: Record<string, unknown> };
type OtlpSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code?: number };
};
type OtlpBody = {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
};

const SERVER = 2;
const ERROR = 2;
const CALLER = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };

/** Starts an OTLP/HTTP receiver that keeps the bodies sent to /v1/traces. */
async function collector() {
  const bodies: OtlpBody[] = [];
  const paths = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    paths.add(request.url ?? "");
    if (request.url === "/v1/traces") bodies.push(JSON.parse(body));
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const spans = () =>
    bodies.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  return { url, bodies, paths, spans };
}

/** Starts a server that sends to a collector, with a call that sends a sample. */
async function tracedServer(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-traces-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: folder, ...env });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const key = (await readFile(join(folder, "api-key"), "utf8")).trim();
  const call = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array<ArrayBuffer>,
  ) =>
    fetch(server.url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const post = async (path: string, sample: string, headers = {}) =>
    call(
      "POST",
      path,
      { "Content-Type": "audio/wav", ...headers },
      new Uint8Array(await readFile(join(ROOT, sample))),
    );
  return { server, call, post };
}

const attributesOf = ({ attributes }: { attributes: Attribute[] }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

// This test comes first: what is loaded stays loaded.
test("what sends metrics and traces is loaded only with a collector", async () => {
  const { cache } = createRequire(import.meta.url);
  const loaded = () => Object.keys(cache).filter((path) => /exporter-(metrics|trace)-otlp/.test(path));
  await (await startTelemetry()).close();
  expect(loaded()).toEqual([]);
  await (await startTelemetry({ traces: true })).close();
  expect(loaded()).not.toEqual([]);
});

test("a collector gets a span for each request, with the wait and the embedding, and for each task", async () => {
  const { url, bodies, paths, spans } = await collector();
  const { server, call, post } = await tracedServer({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  const traceparent = `00-${CALLER.trace}-${CALLER.span}-01`;
  expect((await post("/speakers/awb-client-id/enroll", "samples/awb/1.wav")).status).toBe(201);
  const verified = await post("/verify?speaker=awb-client-id", "samples/awb/2.wav", { traceparent });
  const requestId = verified.headers.get("X-Request-Id");
  expect((await call("GET", "/speakers/nobody-client-id", {})).status).toBe(404);
  const line = { speaker: "batch-client-id", audio: { base64: await base64Of("samples/awb/3.wav") } };
  const started = await call(
    "POST",
    "/jobs",
    { "Content-Type": "application/json" },
    JSON.stringify({ kind: "enroll-batch", lines: [line] }),
  );
  expect(started.status).toBe(202);
  const { id } = (await started.json()) as { id: string };
  await vi.waitFor(
    async () => {
      const read = await call("GET", `/jobs/${id}`, {});
      const { job } = (await read.json()) as { job: { state: string } };
      expect(job.state).toBe("done");
    },
    { timeout: 20_000, interval: 50 },
  );
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);

  expect(attributesOf(bodies[0]?.resourceSpans[0]?.resource ?? { attributes: [] })).toMatchObject({
    "service.name": "voiceroll",
  });
  expect([...paths].sort()).toEqual(["/v1/metrics", "/v1/traces"]);
  const verify = spans().find(({ name }) => name === "POST /verify");
  expect(verify).toMatchObject({ traceId: CALLER.trace, parentSpanId: CALLER.span, kind: SERVER });
  expect(verify && attributesOf(verify)).toMatchObject({
    "http.route": "/verify",
    "http.response.status_code": 200,
    "voiceroll.request_id": requestId,
    "voiceroll.decision": "accept",
  });
  const parts = spans().filter(({ parentSpanId }) => parentSpanId === verify?.spanId);
  expect(parts.map(({ name }) => name)).toEqual(["embed queue", "embed"]);
  const [wait, embed] = parts.map((part) => [
    BigInt(part.startTimeUnixNano),
    BigInt(part.endTimeUnixNano),
  ]) as [[bigint, bigint], [bigint, bigint]];
  expect(wait[0] <= wait[1] && wait[1] <= embed[0] && embed[0] < embed[1]).toBe(true);
  expect(embed[1] <= BigInt(verify?.endTimeUnixNano ?? 0)).toBe(true);

  const missing = spans().find(({ name }) => name === "GET /speakers/{id}");
  expect(missing && attributesOf(missing)["voiceroll.problem"]).toBe("speaker-not-found");
  expect(missing?.status.code ?? 0).not.toBe(ERROR);
  const task = spans().find(({ name }) => name === "job");
  expect(task?.parentSpanId).toBeUndefined();
  expect(task && attributesOf(task)["voiceroll.job.kind"]).toBe("enroll-batch");
  expect(spans().filter(({ parentSpanId }) => parentSpanId === task?.spanId)).not.toHaveLength(0);
  expect(JSON.stringify(bodies)).not.toMatch(/client-id|spk_|samples/);
}, 60_000);

test("the caller's decision not to sample is followed, and a failed request is an error", async () => {
  const { url, spans } = await collector();
  vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${url}/v1/traces`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const telemetry = await startTelemetry({ traces: true });
  const answer = (sampled: string, status: number, slug: string) =>
    telemetry
      .traceRequest?.({ traceparent: `00-${CALLER.trace}-${CALLER.span}-${sampled}` })
      .answered({ method: "POST", route: "/verify", status, slug } as never);
  answer("00", 503, "overloaded");
  answer("01", 503, "model-unavailable");
  await telemetry.close();
  expect(spans()).toHaveLength(1);
  expect(spans()[0]?.status.code).toBe(ERROR);
  expect(attributesOf(spans()[0] ?? { attributes: [] })["error.type"]).toBe("model-unavailable");
});

test("a collector that can't be reached delays no reply and doesn't keep the server from ending", async () => {
  const { server, post } = await tracedServer({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
  expect((await post("/speakers/awb/enroll", "samples/awb/1.wav")).status).toBe(201);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
}, 60_000);

const base64Of = async (path: string) => (await readFile(join(ROOT, path))).toString("base64");
