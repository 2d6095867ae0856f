import { expect, test } from "vitest";
import { checkedSecret, stageOf } from "../../infra/stage.ts";

test("accepts https origins for uploads and rejects wildcards, paths and plain http", () => {
  const origins = (text: string) => stageOf("dev", { VOICEROLL_UPLOAD_ORIGINS: text }).uploadOrigins;
  expect(origins("https://a.example.com, https://b.example.com:8443")).toEqual([
    "https://a.example.com",
    "https://b.example.com:8443",
  ]);
  for (const wrong of ["*", "http://a.example.com", "https://a.example.com/", "https://*.example.com"])
    expect(() => origins(wrong)).toThrow(/not an origin\. Use https:/);
});

test("defaults to no alarm email, no reserved concurrency and no upload origins", () => {
  expect(stageOf("production", { VOICEROLL_API_CONCURRENCY: "" })).toMatchObject({
    production: true,
    uploadOrigins: [],
    alarmEmail: undefined,
    apiConcurrency: undefined,
    existingTable: undefined,
    tracing: false,
  });
});

test("keeps logs and old versions longer in production than in other stages", () => {
  const [production, other] = [stageOf("production", {}), stageOf("prod", {})];
  expect(other.production).toBe(false);
  expect(production.logRetentionDays).toBeGreaterThan(other.logRetentionDays);
  expect(production.oldVersionDays).toBeGreaterThan(other.oldVersionDays);
});

test("rejects a concurrency that is not a whole number of at least 1", () => {
  for (const wrong of ["0", "-1", "1.5", "many"])
    expect(() => stageOf("dev", { VOICEROLL_API_CONCURRENCY: wrong })).toThrow(/whole number/);
});

test("rejects a secret that is not base64 of 32 bytes and says how to create one", () => {
  const right = Buffer.alloc(32, 1).toString("base64");
  expect(checkedSecret(right)).toBe(right);
  for (const wrong of ["", "password", Buffer.alloc(31).toString("base64"), `${right}\n`])
    expect(() => checkedSecret(wrong)).toThrow(/openssl rand -base64 32/);
});
