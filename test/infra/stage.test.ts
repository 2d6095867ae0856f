import { expect, test } from "vitest";
import { checkedSecret, stageOf } from "../../infra/stage.ts";

test("only https origins may post to the bucket; a star, a path or plain http is refused with what to write", () => {
  const origins = (text: string) => stageOf("dev", { VOICEROLL_UPLOAD_ORIGINS: text }).uploadOrigins;
  expect(origins("https://a.example.com, https://b.example.com:8443")).toEqual([
    "https://a.example.com",
    "https://b.example.com:8443",
  ]);
  for (const wrong of ["*", "http://a.example.com", "https://a.example.com/", "https://*.example.com"])
    expect(() => origins(wrong)).toThrow(/no origin; write https:/);
});

test("nothing set: nobody is mailed, nothing is reserved, no page is let in", () => {
  expect(stageOf("production", { VOICEROLL_API_CONCURRENCY: "" })).toMatchObject({
    production: true,
    uploadOrigins: [],
    alarmEmail: undefined,
    apiConcurrency: undefined,
    existingTable: undefined,
    tracing: false,
  });
});

test("a stage called production keeps more than any other", () => {
  const [production, other] = [stageOf("production", {}), stageOf("prod", {})];
  expect(other.production).toBe(false);
  expect(production.logRetentionDays).toBeGreaterThan(other.logRetentionDays);
  expect(production.oldVersionDays).toBeGreaterThan(other.oldVersionDays);
});

test("a concurrency that is no whole number from 1 is refused", () => {
  for (const wrong of ["0", "-1", "1.5", "many"])
    expect(() => stageOf("dev", { VOICEROLL_API_CONCURRENCY: wrong })).toThrow(/whole number/);
});

test("a secret of another length, or not in base 64, stops the deployment and says how to make one", () => {
  const right = Buffer.alloc(32, 1).toString("base64");
  expect(checkedSecret(right)).toBe(right);
  for (const wrong of ["", "password", Buffer.alloc(31).toString("base64"), `${right}\n`])
    expect(() => checkedSecret(wrong)).toThrow(/openssl rand -base64 32/);
});
