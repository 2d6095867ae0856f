import type { IncomingHttpHeaders } from "node:http";
import { type Span as OtelSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { AppError } from "../../lib/error.ts";
import type { Span } from "../../lib/span.ts";
import type { LogEntry } from "../http/metrics/log.ts";

export type Tracing = {
  /** Starts the span of a request. It continues the trace that the caller's `traceparent` names. */
  request(headers: IncomingHttpHeaders): RequestSpan;
  /** Starts the span of work that no request waits for. */
  task(name: string): Span;
  /** Sends the spans that were not yet exported. */
  close(): Promise<void>;
};

/** The span of a request. What is known when the request was answered ends it. */
export type RequestSpan = Span & { answered(entry: LogEntry): void };

/** Returns the time, in milliseconds since the epoch. */
type Clock = () => number;

/**
 * Sends spans by OTLP to the collector that the OTEL_EXPORTER_OTLP_* variables name.
 * docs/operate.md lists them. The caller's decision whether a trace is sampled is followed; without
 * one, all are.
 */
export function startTracing(resource: Resource): Tracing {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("voiceroll");
  const propagator = new W3CTraceContextPropagator();
  const getter = {
    get: (headers: IncomingHttpHeaders, name: string) => headers[name],
    keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
  };

  const spanOf = (span: OtelSpan, now: Clock): Span => ({
    part(name) {
      const part = tracer.startSpan(name, { startTime: now() }, trace.setSpan(ROOT_CONTEXT, span));
      return spanOf(part, now);
    },
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) fail(span, kindOf(error));
      span.end(now());
    },
  });

  return {
    request(headers) {
      const caller = propagator.extract(ROOT_CONTEXT, headers, getter);
      const now = clock();
      const span = tracer.startSpan("request", { kind: SpanKind.SERVER, startTime: now() }, caller);
      return {
        ...spanOf(span, now),
        answered(entry) {
          describeRequest(span, entry);
          span.end(now());
        },
      };
    },
    task(name) {
      const now = clock();
      return spanOf(tracer.startSpan(name, { startTime: now() }, ROOT_CONTEXT), now);
    },
    close: () => provider.shutdown(),
  };
}

/**
 * One clock for a span and its parts, with parts of a millisecond: by clocks of their own, whole
 * milliseconds, a part could start before the one before it has ended.
 */
function clock(): Clock {
  const origin = Date.now() - performance.now();
  return () => origin + performance.now();
}

/** The attributes are those of OpenTelemetry's conventions for HTTP servers, without the URL. */
function describeRequest(span: OtelSpan, entry: LogEntry): void {
  const { method, route, status, slug } = entry;
  span.updateName(route === undefined ? method : `${method} ${route}`);
  span.setAttributes({
    "http.request.method": method,
    "http.route": route,
    "http.response.status_code": status,
    "http.request.body.size": entry.bytes,
    "voiceroll.request_id": entry.requestId,
    "voiceroll.problem": slug,
    "voiceroll.decision": entry.decision,
    "voiceroll.audio_seconds": entry.audioSeconds,
  });
  // By the conventions, a request that the client got wrong isn't an error of the server.
  if (status >= 500) fail(span, slug ?? String(status));
}

function fail(span: OtelSpan, kind: string): void {
  span.setAttribute("error.type", kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A message may name a speaker or a file. */
function kindOf(error: unknown): string {
  if (error instanceof AppError) return error.slug;
  return error instanceof Error ? error.name : "error";
}
