import { expect, test } from "vitest";
import { type WorkerEntry, workerLine } from "../../functions/aws/worker-log.ts";
import type { LogEntry } from "../../functions/http/metrics/log.ts";
import { emf } from "../../functions/http/metrics/metrics.ts";
import { AppError } from "../../lib/error.ts";
import { bytesOf, client, wav } from "./client.ts";

type Line = Record<string, unknown> & {
  _aws: { Timestamp: number; CloudWatchMetrics: Directive[] };
};
type Directive = {
  Namespace: string;
  Dimensions: string[][];
  Metrics: { Name: string; Unit: string }[];
};

const unboundedLlr = (entry: LogEntry): Line => JSON.parse(JSON.stringify(emf(entry, "Voiceroll/test")));
/**
 * Checks the rules of the specification: each dimension is a string and each metric a number, with
 * at most 100 metrics and 30 dimensions.
 */
function expectValid(line: Line): void {
  expect(Number.isSafeInteger(line._aws.Timestamp)).toBe(true);
  for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^[\w./#:-]{1,255}$/);
    for (const name of Dimensions.flat()) expect(line[name]).toMatch(/^[ -~]{1,1024}$/);
    for (const { Name } of Metrics) expect(line[Name]).toBeTypeOf("number");
    expect(Metrics.length).toBeLessThanOrEqual(100);
    expect(Math.max(...Dimensions.map((set) => set.length))).toBeLessThanOrEqual(30);
  }
}
const metricsBy = (line: Line, ...dimensions: string[]) =>
  line._aws.CloudWatchMetrics.filter((one) => one.Dimensions[0].join() === dimensions.join()).flatMap((one) =>
    one.Metrics.map(({ Name }) => Name),
  );

test("counts a verification with its latency by route and status, and its decision separately", async () => {
  const { call, enroll, logs } = await client();
  await enroll("alice", "1", "2");
  logs.splice(0);
  await call("POST", "/verify?speaker=alice", { headers: wav, body: bytesOf("voice=alice take=3") });
  const line = unboundedLlr(logs[0]);
  expectValid(line);
  expect(line).toMatchObject({
    Route: "POST /verify",
    StatusClass: "2xx",
    Requests: 1,
    DependencyFailures: 0,
  });
  expect(line.Latency).toBe(logs[0].durationMs);
  expect(line).toMatchObject({ Operation: "verify", Decision: logs[0].decision, Decisions: 1 });
  expect(logs[0].decision).toBeTypeOf("string");
  expect(metricsBy(line, "Route", "StatusClass")).toEqual(["Requests", "Latency"]);
  expect(metricsBy(line, "Operation", "Decision")).toEqual(["Decisions"]);
});

test("counts all unknown paths as one route", async () => {
  const { call, logs } = await client();
  await call("GET", "/no/such/path");
  await call("GET", "/another");
  expect(logs.map((entry) => unboundedLlr(entry).Route)).toEqual(["none", "none"]);
});

test("counts an unavailable store as a dependency failure, but not a caller's mistake", async () => {
  const { call, services, logs } = await client();
  const { keys } = services;
  await call("GET", "/speakers/nobody");
  services.keys = {
    ...keys,
    get: () => Promise.reject(new AppError("dependency-unavailable", "DynamoDB cannot be used now.")),
  };
  await call("GET", "/speakers/nobody");
  expect(logs.map(({ status }) => status)).toEqual([404, 503]);
  expect(logs.map((entry) => unboundedLlr(entry).DependencyFailures)).toEqual([0, 1]);
  expect(metricsBy(unboundedLlr(logs[1]))).toContain("DependencyFailures");
});

test("counts a commit that was repeated because of a concurrent write", async () => {
  const { enroll, services, logs } = await client();
  await enroll("alice", "1");
  const { putWithClips, put } = services.speakers;
  let lose = 2;
  const losing = <A extends unknown[]>(write: (...args: A) => Promise<void>) => {
    return (...args: A) =>
      lose-- > 0 ? Promise.reject(new AppError("write-contention", "Another was first.")) : write(...args);
  };
  services.speakers = { ...services.speakers, put: losing(put), putWithClips: losing(putWithClips) };
  expect((await enroll("alice", "2")).status).toBe(201);
  expect(logs.map((entry) => unboundedLlr(entry).StoreContentions)).toEqual([0, 2]);
});

test("a log line contains no client ID of a speaker, no key and no audio", async () => {
  const { call, enroll, key, logs } = await client();
  await enroll("alice-client-id", "1", "2");
  await call("POST", "/verify?speaker=alice-client-id", {
    headers: wav,
    body: bytesOf("voice=alice-client-id"),
  });
  const text = logs.map((entry) => JSON.stringify(emf(entry, "n"))).join("\n");
  expect(text).not.toContain("alice-client-id");
  expect(text).not.toContain(key);
  expect(text).not.toContain(key.split("_")[2]);
});

test("counts a worker's result by event, and logs valid JSON with the time", () => {
  const time = new Date("2026-01-01T00:00:00.000Z");
  const entry = { event: "upload.enrolled", message: "m", durationMs: 12 };
  const line = JSON.parse(JSON.stringify(workerLine(entry, { namespace: "Voiceroll/test", time }))) as Line;
  expectValid(line);
  expect(line).toMatchObject({
    ...entry,
    time: time.toISOString(),
    Event: "upload.enrolled",
    Events: 1,
    EventDuration: 12,
  });
  expect(line._aws.Timestamp).toBe(time.getTime());
  expect(metricsBy(line, "Event")).toEqual(["Events", "EventDuration"]);
  expect(metricsBy(line)).toEqual([]);
});

test("omits the duration metric without a duration, and never uses the registry as a dimension", () => {
  const at = { namespace: "Voiceroll/test", time: new Date("2026-01-01T00:00:00.000Z") };
  const lineOfEvent = (entry: WorkerEntry) => JSON.parse(JSON.stringify(workerLine(entry, at))) as Line;
  const fault = lineOfEvent({ event: "job.fault", message: "m", error: "Error" });
  expectValid(fault);
  expect(metricsBy(fault, "Event")).toEqual(["Events"]);
  const kept = lineOfEvent({ event: "gallery.kept", registry: "reg_a", voices: 0, durationMs: 0 });
  expectValid(kept);
  expect(kept).toMatchObject({ GalleryVoices: 0, EventDuration: 0 });
  expect(metricsBy(kept)).toEqual(["GalleryVoices"]);
  expect(kept._aws.CloudWatchMetrics.flatMap(({ Dimensions }) => Dimensions.flat())).toEqual(["Event"]);
});
