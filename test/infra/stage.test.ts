import { expect, test } from "vitest";
import { checkedFormer, checkedSecret, stageOf } from "../../infra/stage.ts";
import { appOf } from "./resources.ts";

test("accepts the ARN of an event bus, and nothing else", () => {
  const bus = (text: string) => stageOf("dev", { VOICEROLL_EVENT_BUS: text }).eventBus;
  const arn = "arn:aws:events:eu-central-1:123456789012:event-bus/default";
  expect([bus(arn), bus("")]).toEqual([arn, undefined]);
  for (const wrong of ["default", "*", "arn:aws:sqs:eu-central-1:123456789012:queue"])
    expect(() => bus(wrong)).toThrow(/not the ARN of an event bus/);
});

test("accepts a domain, with a certificate of ACM for DNS that is elsewhere", () => {
  const domain = (name: string, certificate = "") =>
    stageOf("dev", { VOICEROLL_DOMAIN: name, VOICEROLL_CERTIFICATE: certificate }).domain;
  const arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b-2c";
  expect(domain("")).toBeUndefined();
  expect(domain("voice.example.com")).toEqual({ name: "voice.example.com", certificate: undefined });
  expect(domain("voice.example.com", arn)).toEqual({ name: "voice.example.com", certificate: arn });
  for (const wrong of ["https://voice.example.com", "voice", "*.example.com", "voice.example.com/"])
    expect(() => domain(wrong)).toThrow(/is not a domain, such as voice\.example\.com/);
  expect(() => domain("", arn)).toThrow(/of no use without VOICEROLL_DOMAIN/);
  expect(() => domain("voice.example.com", "cert")).toThrow(/not the ARN of a certificate/);
});

test("accepts prefixes of objects as jobs may read them, without wildcards", () => {
  const prefixes = (text: string) => stageOf("dev", { VOICEROLL_FILE_PREFIXES: text }).filePrefixes;
  expect(prefixes("s3://recordings/calls/, s3://archive/")).toEqual([
    "s3://recordings/calls/",
    "s3://archive/",
  ]);
  for (const wrong of ["s3://a", "s3://recordings/calls", "s3://*/", "s3://recordings/*/", "file:///srv/"])
    expect(() => prefixes(wrong)).toThrow(/not a prefix of objects\. Use s3:/);
});

test("accepts https origins and rejects wildcards, paths and plain http", () => {
  const origins = (text: string) => stageOf("dev", { VOICEROLL_CORS_ORIGINS: text }).corsOrigins;
  expect(origins("https://a.example.com, https://b.example.com:8443")).toEqual([
    "https://a.example.com",
    "https://b.example.com:8443",
  ]);
  for (const wrong of ["*", "http://a.example.com", "https://a.example.com/", "https://*.example.com"])
    expect(() => origins(wrong)).toThrow(/not an origin\. Use https:/);
});

test("defaults to no alarm email, no reserved concurrency and no origins", () => {
  expect(stageOf("production", { VOICEROLL_API_CONCURRENCY: "" })).toMatchObject({
    disposable: false,
    corsOrigins: [],
    filePrefixes: [],
    eventBus: undefined,
    alarmEmail: undefined,
    apiConcurrency: undefined,
    existingTable: undefined,
    tracing: false,
  });
});

test("keeps logs and old versions longer than in disposable stages", () => {
  const [production, other] = [stageOf("production", {}), stageOf("dev", {})];
  expect(production.logRetentionDays).toBeGreaterThan(other.logRetentionDays);
  expect(production.oldVersionDays).toBeGreaterThan(other.oldVersionDays);
});

test("only stages that are named so are disposable, by infra/stage.ts and by sst.config.ts", () => {
  const disposable = ["dev", "test", "dev-ann", "test-2", "pr-17"];
  const kept = ["production", "prod", "staging", "ann", "device", "pr", "latest", "my-dev"];
  for (const name of [...disposable, ...kept]) {
    const isDisposable = disposable.includes(name);
    expect([name, stageOf(name, {}).disposable]).toEqual([name, isDisposable]);
    expect([name, appOf(name)]).toEqual([
      name,
      isDisposable ? { removal: "remove", protect: false } : { removal: "retain", protect: true },
    ]);
  }
});

test("rejects a concurrency that is not a whole number of at least 1", () => {
  for (const wrong of ["0", "-1", "1.5", "many"])
    expect(() => stageOf("dev", { VOICEROLL_API_CONCURRENCY: wrong })).toThrow(/whole number/);
});

test("accepts any number of former secrets, and nothing else among them", () => {
  const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));
  expect([checkedFormer(""), checkedFormer(`${one}, ${two}`)]).toEqual(["", `${one},${two}`]);
  expect(() => checkedFormer(`${one},password`)).toThrow(/each base64 of 32 bytes/);
});

test("rejects a secret that is not base64 of 32 bytes and says how to create one", () => {
  const right = Buffer.alloc(32, 1).toString("base64");
  expect(checkedSecret(right)).toBe(right);
  for (const wrong of ["", "password", Buffer.alloc(31).toString("base64"), `${right}\n`])
    expect(() => checkedSecret(wrong)).toThrow(/openssl rand -base64 32/);
});
