import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Meter } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, type MetricReader, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { Attempt } from "../../lib/domain/event/deliver.ts";
import type { EmbedderObserver } from "../../lib/domain/registry/observed-embedder.ts";
import { inSpan } from "../../lib/span.ts";
import manifest from "../../package.json" with { type: "json" };
import type { LogEntry } from "../http/metrics/log.ts";
import type { Tracing } from "./tracing.ts";

/** Upper bounds of the histograms' buckets, seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How long the last export may take when the server stops. */
const CLOSE_MS = 3000;

export type Telemetry = {
  /** Counts a request from its line in the log. */
  request(entry: LogEntry): void;
  /** Counts an attempt to send an event. */
  delivery(attempt: Pick<Attempt, "destination" | "state">): void;
  /** Measures the embedder, for requests and background tasks. */
  embedder: EmbedderObserver;
  /** Also measures how many background tasks wait. Call it once. */
  observeQueue(waiting: () => number): void;
  /** Returns all metrics in Prometheus's text format. */
  text(): Promise<string>;
  /** Traces requests. Undefined: the server doesn't send traces. */
  traceRequest: Tracing["request"] | undefined;
  /** Returns a function that runs work like `work`, with a span if the server sends traces. */
  traced<Task extends { kind: string }, Rest extends unknown[]>(
    work: (task: Task, ...rest: Rest) => Promise<void>,
  ): (task: Task, ...rest: Rest) => Promise<void>;
  /** Sends what was not yet exported, for at most 3 seconds. */
  close(): Promise<void>;
};

/**
 * Measures this process by OpenTelemetry's SDK. docs/operate.md lists the metrics. Registries,
 * speakers and keys are never labels: each value would be a time series of its own.
 *
 * metricsEveryMs  also sends the metrics by OTLP, at this interval, to the collector that the
 *                 OTEL_EXPORTER_OTLP_* variables name. Undefined: doesn't
 * traces          sends traces to it. What sends metrics and traces is loaded only if it is used
 */
export async function startTelemetry({
  metricsEveryMs,
  traces = false,
}: {
  metricsEveryMs?: number | undefined;
  traces?: boolean;
} = {}): Promise<Telemetry> {
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const resource = resourceFromAttributes({
    "service.name": "voiceroll",
    "service.version": manifest.version,
  }).merge(detectResources({ detectors: [envDetector] }));
  const tracing = traces ? (await import("./tracing.ts")).startTracing(resource) : undefined;
  const provider = new MeterProvider({
    resource,
    readers: [prometheus, ...(metricsEveryMs === undefined ? [] : [await otlpReader(metricsEveryMs)])],
  });
  const meter = provider.getMeter("voiceroll");
  observeProcess(meter);
  return {
    request: requestCounters(meter),
    delivery: deliveryCounter(meter),
    embedder: embedderCounters(meter),
    observeQueue: (waiting) =>
      gauge(
        meter,
        "voiceroll_background_tasks_waiting",
        "Background tasks that wait for their turn",
        waiting,
      ),
    async text() {
      const { resourceMetrics, errors } = await prometheus.collect();
      if (errors.length > 0) throw new AggregateError(errors, "a metric could not be collected");
      return serializer.serialize(resourceMetrics);
    },
    traceRequest: tracing?.request,
    traced: (work) => (tracing ? traced(tracing, work) : work),
    async close() {
      const closed = Promise.allSettled([provider.shutdown(), tracing?.close()]);
      // A collector that can't be reached doesn't keep the server from ending.
      await Promise.race([closed, setTimeout(CLOSE_MS)]);
    },
  };
}

async function otlpReader(everyMs: number): Promise<MetricReader> {
  const { OTLPMetricExporter } = await import("@opentelemetry/exporter-metrics-otlp-http");
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, 10_000),
  });
}

const traced =
  <Task extends { kind: string }, Rest extends unknown[]>(
    tracing: Tracing,
    work: (task: Task, ...rest: Rest) => Promise<void>,
  ) =>
  async (task: Task, ...rest: Rest): Promise<void> => {
    const span = tracing.task(task.kind);
    try {
      await inSpan(span, () => work(task, ...rest));
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    }
  };

function deliveryCounter(meter: Meter): Telemetry["delivery"] {
  const attempts = meter.createCounter("voiceroll_event_attempts", {
    description: "Attempts to send an event: delivered, to be repeated, or given up",
  });
  return ({ destination, state }) =>
    attempts.add(1, { destination: destination === "bus" ? "bus" : "webhook", state });
}

function requestCounters(meter: Meter): (entry: LogEntry) => void {
  const requests = meter.createCounter("voiceroll_requests", { description: "Requests that were answered" });
  const durations = meter.createHistogram("voiceroll_request_duration_seconds", {
    description: "Time from the request's headers to its reply",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const decisions = meter.createCounter("voiceroll_decisions", {
    description: "Decisions of verify, identify and compare",
  });
  const bytes = meter.createCounter("voiceroll_request_body_bytes", {
    description: "Bytes of request bodies that were read",
  });
  const retries = meter.createCounter("voiceroll_store_retries", {
    description: "Commits that lost to another writer, and calls to a store that were sent again",
  });
  return (entry) => {
    const { method, route = "none", status, requests: count = 1, decision } = entry;
    requests.add(count, { method, route, status: String(status) });
    if (entry.requests === undefined) durations.record(entry.durationMs / 1000, { method, route });
    if (decision !== undefined) decisions.add(1, { operation: route.replace("/", ""), decision });
    if (entry.bytes !== undefined) bytes.add(entry.bytes, { route });
    retries.add((entry.contentions ?? 0) + (entry.retries ?? 0));
  };
}

function embedderCounters(meter: Meter): EmbedderObserver {
  const inProgress = meter.createUpDownCounter("voiceroll_embeddings_in_progress", {
    description: "Clips and recordings that wait for a thread of the model, or are in one",
  });
  const durations = meter.createHistogram("voiceroll_embedding_duration_seconds", {
    description: "Time to embed a clip or recording, including the wait for a thread",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const audio = meter.createCounter("voiceroll_audio_seconds", { description: "Audio that was embedded" });
  inProgress.add(0);
  return {
    started: () => inProgress.add(1),
    ended(milliseconds, audioSeconds) {
      inProgress.add(-1);
      durations.record(milliseconds / 1000);
      audio.add(audioSeconds);
    },
  };
}

function gauge(meter: Meter, name: string, description: string, value: () => number): void {
  meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(value()));
}

function observeProcess(meter: Meter): void {
  const delay = monitorEventLoopDelay();
  delay.enable();
  gauge(meter, "process_resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss());
  gauge(meter, "nodejs_eventloop_delay_p99_seconds", "Delay of the event loop since the last scrape", () => {
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return seconds;
  });
  meter
    .createObservableCounter("process_cpu_seconds", { description: "Processor time of the process" })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
  meter
    .createObservableGauge("voiceroll_build_info", { description: "1, with the version as a label" })
    .addCallback((result) => result.observe(1, { version: manifest.version }));
}
