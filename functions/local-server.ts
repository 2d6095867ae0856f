import { availableParallelism } from "node:os";
import { join } from "node:path";
import { warmGalleries } from "../lib/domain/decision/warm-galleries.ts";
import type { Attempt } from "../lib/domain/event/deliver.ts";
import { addDueDeliveries } from "../lib/domain/event/due.ts";
import { addBackgroundTasks } from "../lib/domain/job/background-task.ts";
import { observedEmbedder } from "../lib/domain/registry/observed-embedder.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import type { RegistryId } from "../lib/id.ts";
import type { Services } from "../lib/ports/services.ts";
import { createApp } from "./app.ts";
import { admissionGate } from "./http/guard/admission.ts";
import type { Log } from "./http/metrics/log.ts";
import { refusals } from "./http/replies/refusals.ts";
import { openStore } from "./local-store.ts";
import { backgroundTaskRunner } from "./node/background-tasks.ts";
import { DEFAULT_CONNECTIONS } from "./node/connections.ts";
import { curlLines } from "./node/curl-lines.ts";
import { fullServerDoor } from "./node/door.ts";
import { type FirstKey, firstKey } from "./node/first-key.ts";
import { peerOf } from "./node/peer.ts";
import { portHolder } from "./node/port-holder.ts";
import { clientUrl } from "./node/public-url.ts";
import { type Running, serve } from "./node/server.ts";
import { readSettings } from "./node/settings.ts";
import { startTelemetry } from "./node/telemetry.ts";
import type { ServerBindings } from "./node/upgrade.ts";
import { apiRoutes } from "./routes/all.ts";

const BACKGROUND_TASKS_MS = 3_600_000;
const DUE_DELIVERIES_MS = 10_000;
/**
 * Requests with audio that run at the same time, per embedding thread: as many as one address may
 * have connections, so that a backend that sends its clips in parallel isn't refused by a server
 * that has nothing else to do, and few enough that the last one is answered within seconds.
 */
const REQUESTS_PER_THREAD = DEFAULT_CONNECTIONS.perAddress;
const BODY_BYTES_IN_WORK = 64 * 1024 * 1024;

/** Runs the whole service in one process, with the model in worker threads. */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const read = readSettings(env);
  if ("problems" in read) return fail(read.problems.join("\nvoiceroll: "));
  const { VOICEROLL_DATA: folder, HOST: host, PORT: port, ...settings } = read.settings;
  const workers = Math.max(1, availableParallelism() - 1);
  const collector = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const telemetry = await startTelemetry({
    metricsEveryMs:
      (settings.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? collector)
        ? settings.OTEL_METRIC_EXPORT_INTERVAL
        : undefined,
    traces: (settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? collector) !== undefined,
  });
  const store = await openStore(read.settings, env, {
    workers,
    observed: (embedder) => observedEmbedder(embedder, telemetry.embedder),
  }).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  if (!store) return;
  const { services, keyCommand } = store;
  telemetry.observeQueue(() => services.backgroundTasks.waiting?.() ?? 0);
  const { registryId } = await ensureRegistry(services, "default");
  const key = await firstKey(services, registryId, {
    file: join(folder, "api-key"),
    command: keyCommand,
  });
  const run = backgroundTaskRunner(services, {
    ...{ folder: store.folder, report: defect, onErased: logErased },
    onAttempt(attempt) {
      telemetry.delivery(attempt);
      if (attempt.state === "failed") logUndelivered(attempt);
    },
  });
  services.backgroundTasks.work(telemetry.traced(run), backgroundTaskFailed);
  await addBackgroundTasks(services);
  setInterval(() => addBackgroundTasks(services).catch(backgroundTaskFailed), BACKGROUND_TASKS_MS).unref();
  setInterval(() => addDueDeliveries(services).catch(backgroundTaskFailed), DUE_DELIVERIES_MS).unref();
  const gate = admissionGate({ requests: REQUESTS_PER_THREAD * workers, bytes: BODY_BYTES_IN_WORK });
  const log: Log = (entry) => {
    telemetry.request(entry);
    writeLine(entry);
  };
  const refused = refusals(services, log);
  const door = fullServerDoor(gate, apiRoutes, refused);
  const trustProxy = settings.TRUST_PROXY === "1";
  const at = { publicUrl: settings.PUBLIC_URL, trustProxy, listening: "" };
  const app = createApp(
    services,
    ({ incoming, upgrade }: ServerBindings) => {
      const span = telemetry.traceRequest?.(incoming.headers);
      return {
        gate,
        clientUrl: (headers) => clientUrl(headers, at),
        peer: peerOf(incoming, trustProxy),
        metrics: telemetry.text,
        span,
        upgrade,
        log: (entry) => {
          log(entry);
          span?.answered(entry);
        },
      };
    },
    { corsOrigins: settings.CORS_ORIGINS },
  );
  const { MAX_CONNECTIONS: total, MAX_CONNECTIONS_PER_ADDRESS: perAddress } = settings;
  try {
    const server = await serve(app, { host, port, connections: { total, perAddress }, door });
    at.listening = server.url;
    closeOnSignal(server, services, async () => {
      refused.flush();
      await telemetry.close();
    });
    await greet(services, registryId, { url: server.url, ...key });
    // A gallery that can't be loaded now is loaded by the first search, whose reply says why not.
    warmGalleries(services).catch(() => {});
  } catch (error) {
    await services.close();
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    fail(inUse ? await portInUse(port) : `cannot listen on ${host}: ${error}`);
  }
}

const writeLine = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function portInUse(port: number): Promise<string> {
  const holder = await portHolder(port);
  return `port ${port} is in use${holder ? ` by ${holder}` : ""}. Stop that process, or set PORT to another port.`;
}

/** Reports an error that doesn't stop the job. */
function defect(error: unknown): void {
  process.stderr.write(`voiceroll: an error occurred in a job: ${error}\n`);
}

/** Logs the receipt of an expired speaker. It contains only generated IDs. */
function logErased(receipt: object): void {
  const time = new Date().toISOString();
  writeLine({ time, level: "info", event: "speaker.expired", ...receipt });
}

/** Logs an event that is not sent again. A bus has no other record of its deliveries. */
function logUndelivered({ registryId: registry, eventId, type, destination, attempts, sent }: Attempt): void {
  const time = new Date().toISOString();
  const what = { type, destination, attempts, ...sent };
  writeLine({ time, level: "error", event: "event.undelivered", registry, eventId, ...what });
}

/** Requests aren't affected: they compute statistics that are out of date themselves. */
function backgroundTaskFailed(error: unknown): void {
  process.stderr.write(`voiceroll: a background task failed and will be retried within the hour: ${error}\n`);
}

async function greet(
  services: Services,
  registryId: RegistryId,
  { url, key, keyText }: { url: string } & FirstKey,
): Promise<void> {
  const lines = await curlLines(services, registryId, { url, key });
  const text = [`Voiceroll: ${url}  reference: ${url}/docs`, keyText, ...lines];
  // Standard output has only JSON lines, for programs that collect logs.
  process.stderr.write(`${text.join("\n\n")}\n\n`);
}

/** After the first signal, accepted requests end normally. A second signal exits immediately. */
function closeOnSignal(server: Running, services: Services, flush: () => Promise<void>): void {
  let closing = false;
  const close = async () => {
    if (closing) process.exit(1);
    closing = true;
    await server.close();
    await flush();
    await services.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, close);
}

function fail(what: string): undefined {
  process.stderr.write(`voiceroll: ${what.replace(/^voiceroll: /, "")}\n`);
  process.exitCode = 1;
}
