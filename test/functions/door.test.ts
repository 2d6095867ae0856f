import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../functions/app.ts";
import { admissionGate } from "../../functions/http/guard/admission.ts";
import type { LogEntry } from "../../functions/http/metrics/log.ts";
import { emf } from "../../functions/http/metrics/metrics.ts";
import { refusals } from "../../functions/http/replies/refusals.ts";
import { fullServerDoor } from "../../functions/node/door.ts";
import { serve } from "../../functions/node/server.ts";
import { apiRoutes } from "../../functions/routes/all.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { testServices } from "../support/services.ts";

/** Starts a server whose gate has room for one request. `leave` empties the gate. */
async function fullServer() {
  const services = await testServices();
  const logs: LogEntry[] = [];
  const log = (entry: LogEntry) => logs.push(entry);
  const gate = admissionGate({ requests: 1, bytes: 1e9 });
  const place = gate.enter(0);
  const refused = refusals(services, log);
  const app = createApp(services, { log, gate });
  const door = fullServerDoor(gate, apiRoutes, refused);
  const server = await serve(app, { host: "127.0.0.1", port: 0, door });
  onTestFinished(() => server.close());
  const port = Number(new URL(server.url).port);
  return { url: server.url, port, app, logs, refused, leave: place?.leave };
}

const bytes = fakeClip("voice=alice").bytes;
const head = (...headers: readonly string[]) =>
  `${["POST /verify?speaker=a HTTP/1.1", "Host: x", "Content-Type: audio/wav", ...headers].join("\r\n")}\r\n\r\n`;

function open(port: number): { socket: Socket; until(what: RegExp): Promise<string>; closed: Promise<void> } {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const until = async (what: RegExp) => {
    for (let i = 0; i < 500 && !what.test(text); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    return text;
  };
  onTestFinished(() => void socket.destroy());
  return { socket, until, closed };
}

test("a full server refuses a clip before it checks the key, with the same reply as the app", async () => {
  const { url, app } = await fullServer();
  const send = { method: "POST", headers: { "Content-Type": "audio/wav" }, body: new Uint8Array(bytes) };
  const reply = await fetch(`${url}/speakers/a/enroll`, send);
  const { instance, ...body } = Object(await reply.json());
  expect([reply.status, reply.headers.get("Retry-After")]).toEqual([503, "1"]);
  expect(instance).toBe(reply.headers.get("X-Request-Id"));
  // The app checks the key first.
  const own = await app.request("/speakers/a/enroll", send);
  expect(own.status).toBe(401);
  expect(Object.keys(Object(await own.json()))).toEqual([...Object.keys(body), "instance"]);
  expect(body).toMatchObject({ type: "urn:voiceroll:problem:overloaded", status: 503 });
  for (const name of ["Cache-Control", "X-Content-Type-Options", "Content-Type"])
    expect([name, reply.headers.get(name)]).toEqual([name, own.headers.get(name)]);
});

test("a full server answers requests without audio", async () => {
  const { url } = await fullServer();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/verify`)).status).toBe(405);
  expect((await fetch(`${url}/speakers`)).status).toBe(401);
  expect((await fetch(`${url}/verify/x`, { method: "POST", body: "x" })).status).toBe(404);
});

test("it refuses before the body is sent, and the connection can be used again after the body", async () => {
  const { port } = await fullServer();
  const { socket, until } = open(port);
  socket.write(head("Content-Length: 300000"));
  expect(await until(/capacity/)).toMatch(/^HTTP\/1.1 503 .*Connection: keep-alive/s);
  socket.write(Buffer.alloc(300_000));
  socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(await until(/ok/)).toContain("HTTP/1.1 200 OK");
});

test("it doesn't ask for a body that the client holds back, and closes the connection", async () => {
  const { port, leave } = await fullServer();
  const refused = open(port);
  refused.socket.write(head("Content-Length: 300000", "Expect: 100-continue"));
  await refused.closed;
  expect(await refused.until(/./)).toMatch(/^HTTP\/1.1 503 .*Connection: close/s);
  leave?.();
  const asked = open(port);
  asked.socket.write(head("Content-Length: 300000", "Expect: 100-continue"));
  expect(await asked.until(/100/)).toMatch(/^HTTP\/1.1 100 Continue/);
});

test("it closes the connection of a client whose body may be longer than the limit", async () => {
  const { port } = await fullServer();
  for (const length of ["Content-Length: 99000000000", "Transfer-Encoding: chunked"]) {
    const { socket, until, closed } = open(port);
    socket.write(head(length));
    await closed;
    expect(await until(/./)).toMatch(/^HTTP\/1.1 503 .*Connection: close/s);
  }
});

test("refusals of a route share a log line that counts them, so that metrics count every request", async () => {
  const { url, logs, refused, leave } = await fullServer();
  const send = (path: string) =>
    fetch(url + path, { method: "POST", headers: { "Content-Type": "audio/wav" }, body: "x" });
  for (let i = 0; i < 7; i++) expect((await send("/verify?speaker=a")).status).toBe(503);
  for (let i = 0; i < 4; i++) expect((await send(`/speakers/a${i}/enroll`)).status).toBe(503);
  const id = (await send("/speakers/b/enroll")).headers.get("X-Request-Id");
  leave?.();
  expect((await send("/identify")).status).toBe(401);
  refused.flush();
  refused.flush();
  const counted = logs.map((entry) => emf(entry, "n"));
  const requests = (route: string) =>
    counted.filter(({ Route }) => Route === route).reduce((sum, { Requests }) => sum + Requests, 0);
  expect(requests("POST /verify")).toBe(7);
  expect(requests("POST /speakers/{id}/enroll")).toBe(5);
  expect(requests("POST /identify")).toBe(1);
  expect(counted.filter(({ slug }) => slug === "overloaded").map(({ StatusClass }) => StatusClass)).toContain(
    "5xx",
  );
  expect(logs.find(({ requestId }) => requestId === id)).toMatchObject({
    route: "/speakers/{id}/enroll",
    slug: "overloaded",
  });
});

test("counted refusals are logged within a second or so", async () => {
  const { url, logs } = await fullServer();
  await fetch(`${url}/verify`, { method: "POST", body: "x" });
  await fetch(`${url}/verify`, { method: "POST", body: "x" });
  for (let i = 0; i < 500 && logs.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(logs).toMatchObject([{ method: "POST", route: "/verify", status: 503, requests: 2 }]);
});
