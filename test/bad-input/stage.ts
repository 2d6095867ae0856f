import { connect } from "node:net";
import { createApp } from "../../functions/app.ts";
import type { Gate } from "../../functions/http/env.ts";
import type { LogEntry } from "../../functions/http/metrics/log.ts";
import { type Running, serve } from "../../functions/node/server.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { requireDocumented } from "../support/documented.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { ModelData } from "../support/fake-world.ts";
import { openTestServices, type TestServices } from "../support/services.ts";

/**
 * A server on a free port, with a speaker "alice" in registry "test" and "bob" in another registry.
 */
export type Stage = {
  services: TestServices;
  url: string;
  port: number;
  key: string;
  /** A key of the other registry. */
  otherKey: string;
  logs: LogEntry[];
  running: Running;
  close(): Promise<void>;
};

export type Options = {
  embedder?: Embedder;
  /** A real model instead of the fake embedder and its calibration. */
  bundle?: ModelData;
  deadlineMs?: number;
  /** Limits the requests with audio. Undefined: all are accepted. */
  gate?: Gate;
  /** Wraps the services that the app gets. */
  around?: (services: Services) => Services;
};

export const idOf = (text: string): SpeakerId => {
  const id = parseSpeakerId(text);
  if (!id) throw new RangeError(`${text} is no speaker id`);
  return id;
};

export async function openStage(options: Options = {}): Promise<Stage> {
  const { bundle, embedder } = options;
  const services = await openTestServices({
    ...(embedder ? { embedder } : {}),
    // `close` doesn't close the bundle: loading takes seconds, and several stages share it.
    ...(bundle
      ? { bundle: { ...bundle, embedder: { ...bundle.embedder, close: async () => undefined } } }
      : {}),
  });
  const { registryId } = services;
  const other = await ensureRegistry(services, "other");
  const keyOf = async (registry: typeof registryId) =>
    (await issueKey(services, { registryId: registry, name: "all", scopes: SCOPES })).token;
  const logs: LogEntry[] = [];
  const app = createApp(options.around?.(services) ?? services, {
    log: (entry) => logs.push(entry),
    deadlineMs: options.deadlineMs ?? 30_000,
    ...(options.gate ? { gate: options.gate } : {}),
  });
  // All clients of the tests share one address, and one test opens 64 connections.
  const connections = { total: 1000, perAddress: 100 };
  const running = await serve(app, { host: "127.0.0.1", port: 0, connections });
  return {
    services,
    url: running.url,
    port: Number(new URL(running.url).port),
    key: await keyOf(registryId),
    otherKey: await keyOf(other.registryId),
    logs,
    running,
    async close() {
      await running.close();
      await services.close();
    },
  };
}

/** Enrolls clips of the fake embedder directly instead of over HTTP. */
export async function enrollFake(stage: Stage, speaker: string, ...takes: readonly string[]): Promise<void> {
  const clips = takes.map((take) => fakeClip(`voice=${speaker} take=${take}`));
  const { services } = stage;
  await enroll(services, { registry: services.registry, speakerId: idOf(speaker), clips });
}

/**
 * Returns what a rejected request must not change: the IDs, versions and clips of speakers, and the
 * files.
 */
export async function stored(stage: Stage): Promise<string> {
  const { services } = stage;
  const found = [];
  for (const { registryId } of await services.registries.list()) {
    const { items } = await services.speakers.list(registryId, undefined, 1000);
    const speakers = items.map(({ uid, version, clips }) => ({ uid, version, clips }));
    found.push({ registryId, speakers, files: await services.clips.list(registryId) });
  }
  return JSON.stringify(found);
}

export type Body = NonNullable<RequestInit["body"]>;
export type Reply = { status: number; headers: Headers; text: string };

export async function send(
  stage: Stage,
  request: { method?: string; path: string; headers?: Record<string, string>; body?: Body; key?: string },
): Promise<Reply> {
  const headers = new Headers(request.headers);
  const key = request.key ?? stage.key;
  if (key !== "" && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${key}`);
  const response = await fetch(stage.url + request.path, {
    method: request.method ?? "POST",
    headers,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const text = await response.text();
  requireDocumented(request.method ?? "POST", request.path, { status: response.status, text });
  return { status: response.status, headers: response.headers, text };
}

/** Sends raw bytes, which no HTTP client would send, and reads until the connection closes. */
export async function sendRaw(
  stage: Pick<Stage, "port">,
  bytes: string | readonly Uint8Array[],
): Promise<Reply> {
  const chunks: Buffer[] = [];
  const socket = connect(stage.port, "127.0.0.1");
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("close", () => resolve());
    // A rejection may reset the connection during sending. What was received by then counts.
    socket.on("error", () => undefined);
  });
  for (const part of typeof bytes === "string" ? [Buffer.from(bytes, "latin1")] : bytes) socket.write(part);
  await ended;
  const [head, ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
  const [first, ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(": ")[0], line.split(": ")[1]]),
  );
  return { status: Number(first.split(" ")[1]), headers, text: rest.join("\r\n\r\n") };
}
