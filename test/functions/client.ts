import type { Hono } from "hono";
import { onTestFinished } from "vitest";
import { type AppOptions, createApp } from "../../functions/app.ts";
import type { LogEntry } from "../../functions/http/metrics/log.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { requireDocumented } from "../support/documented.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";

export type Client = {
  app: Hono;
  services: TestServices;
  logs: LogEntry[];
  key: string;
  keyWith(scopes: readonly Scope[]): Promise<string>;
  call(method: string, path: string, init?: Init): Promise<Answer>;
  enroll(speaker: string, ...takes: readonly string[]): Promise<Answer>;
};
type Init = { headers?: Record<string, string>; body?: NonNullable<RequestInit["body"]>; key?: string };
export type Answer = { status: number; headers: Headers; text: string; body: ReturnType<typeof JSON.parse> };

export const wav = { "Content-Type": "audio/wav" };
export const json = { "Content-Type": "application/json" };
export const bytesOf = (text: string) => new Uint8Array(fakeClip(text).bytes);
export const base64Of = (text: string) => Buffer.from(fakeClip(text).bytes).toString("base64");

/** Returns a client of the app on test services and the fake embedder, without a socket. */
export const client = async (): Promise<Client> => clientOf(await testServices());

/** Like `client`, on the given services. Uses the given key, or a new one with all scopes. */
export async function clientOf(
  services: TestServices,
  { key: own, ...options }: Omit<AppOptions, "log"> & { key?: string } = {},
): Promise<Client> {
  const logs: LogEntry[] = [];
  const app = createApp(services, { log: (entry) => logs.push(entry), ...options });
  const keyWith = async (scopes: readonly Scope[]) =>
    (await issueKey(services, { registryId: services.registryId, name: "some", scopes })).token;
  const key = own ?? (await keyWith(SCOPES));
  const call: Client["call"] = async (method, path, init = {}) => {
    const headers = { Authorization: `Bearer ${init.key ?? key}`, ...init.headers };
    const response = await app.request(path, {
      method,
      headers,
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    const text = await response.text();
    requireDocumented(method, path, { status: response.status, text });
    const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : text,
    };
  };
  const enroll: Client["enroll"] = (speaker, ...takes) => {
    const audio = takes.map((take) => ({ base64: base64Of(`voice=${speaker} take=${take}`) }));
    return call("POST", `/speakers/${speaker}/enroll`, { headers: json, body: JSON.stringify({ audio }) });
  };
  onTestFinished(() => void logs.splice(0));
  return { app, services, logs, key, keyWith, call, enroll };
}
