import { availableParallelism } from "node:os";
import { join } from "node:path";
import { localServices } from "../lib/adapters/local/services.ts";
import { type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { withoutModel } from "../lib/adapters/model/no-model.ts";
import { activeModel } from "../lib/adapters/models/library.ts";
import { addBackgroundTasks } from "../lib/domain/job/background-task.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { AppError } from "../lib/error.ts";
import type { RegistryId } from "../lib/id.ts";
import type { Services } from "../lib/ports/services.ts";
import { createApp } from "./app.ts";
import { admissionGate } from "./http/guard/admission.ts";
import type { Log } from "./http/metrics/log.ts";
import { type Refusals, refusals } from "./http/replies/refusals.ts";
import { backgroundTaskRunner } from "./node/background-tasks.ts";
import { type ConnectionLimits, DEFAULT_CONNECTIONS } from "./node/connections.ts";
import { curlLines } from "./node/curl-lines.ts";
import { fullServerDoor } from "./node/door.ts";
import { type FirstKey, firstKey } from "./node/first-key.ts";
import { portHolder } from "./node/port-holder.ts";
import { clientUrl, parsePublicUrl } from "./node/public-url.ts";
import { type Running, serve } from "./node/server.ts";
import { apiRoutes } from "./routes/all.ts";

const BACKGROUND_TASKS_MS = 3_600_000;
/**
 * Requests with audio that run at the same time, per embedding thread: as many as one address may
 * have connections, so that a backend that sends its clips in parallel isn't refused by a server
 * that has nothing else to do, and few enough that the last one is answered within seconds.
 */
const REQUESTS_PER_THREAD = DEFAULT_CONNECTIONS.perAddress;
const BODY_BYTES_IN_WORK = 64 * 1024 * 1024;

if (import.meta.main) await main(process.env);

/** Runs the whole service in one process: files, SQLite, and the model in worker threads. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const folder = env.VOICEROLL_DATA || "./data";
  const host = env.HOST || "127.0.0.1";
  const port = Number(env.PORT || 7999);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    return fail(`PORT ${env.PORT} isn't a port. Set it to a number from 0 to 65535.`);
  const connections = connectionLimits(env);
  if (!connections)
    return fail("MAX_CONNECTIONS and MAX_CONNECTIONS_PER_ADDRESS must be whole numbers above 0.");
  const publicUrl = env.PUBLIC_URL ? parsePublicUrl(env.PUBLIC_URL) : undefined;
  if (env.PUBLIC_URL && !publicUrl)
    return fail(
      `PUBLIC_URL ${env.PUBLIC_URL} isn't an HTTP URL. Set it to one such as https://voice.example.com.`,
    );
  const trustProxy = env.TRUST_PROXY === "1";
  const workers = Math.max(1, availableParallelism() - 1);
  const bundle = await activeModel(folder)
    .then((model) => openBundle({ workers, folder: model }))
    .catch(withoutModel);
  const services = openStore(folder, bundle);
  if (!services) return bundle.embedder.close();
  const { registryId } = await ensureRegistry(services, "default");
  const key = await firstKey(services, registryId, join(folder, "api-key"));
  const run = backgroundTaskRunner(services, { folder, report: defect, onErased: logErased });
  services.backgroundTasks.work((task, signal) => run(task, signal).catch(backgroundTaskFailed));
  await addBackgroundTasks(services);
  setInterval(() => addBackgroundTasks(services).catch(backgroundTaskFailed), BACKGROUND_TASKS_MS).unref();
  const gate = admissionGate({ requests: REQUESTS_PER_THREAD * workers, bytes: BODY_BYTES_IN_WORK });
  const log: Log = (entry) => process.stdout.write(`${JSON.stringify(entry)}\n`);
  const refused = refusals(services, log);
  const door = fullServerDoor(gate, apiRoutes, refused);
  let listening = "";
  const app = createApp(services, {
    gate,
    clientUrl: (headers) => clientUrl(headers, { publicUrl, trustProxy, listening }),
    log,
  });
  try {
    const server = await serve(app, { host, port, connections, door });
    listening = server.url;
    closeOnSignal(server, services, refused);
    await greet(services, registryId, { url: server.url, ...key });
  } catch (error) {
    await services.close();
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    fail(inUse ? await portInUse(port) : `cannot listen on ${host}: ${error}`);
  }
}

/** Returns undefined if a value isn't a whole number above 0. */
function connectionLimits(env: NodeJS.ProcessEnv): ConnectionLimits | undefined {
  const total = Number(env.MAX_CONNECTIONS || DEFAULT_CONNECTIONS.total);
  const perAddress = Number(env.MAX_CONNECTIONS_PER_ADDRESS || DEFAULT_CONNECTIONS.perAddress);
  return [total, perAddress].every((one) => Number.isInteger(one) && one > 0)
    ? { total, perAddress }
    : undefined;
}

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
  process.stdout.write(`${JSON.stringify({ event: "speaker.expired", ...receipt })}\n`);
}

/** Requests aren't affected: they compute statistics that are out of date themselves. */
function backgroundTaskFailed(error: unknown): void {
  process.stderr.write(`voiceroll: a background task failed and will be retried within the hour: ${error}\n`);
}

/** Returns undefined, after a sentence on stderr, if the store can't be opened. */
function openStore(folder: string, bundle: Bundle): Services | undefined {
  const warn = (message: string) => process.stderr.write(`voiceroll: ${message}\n`);
  try {
    return localServices(folder, { ...bundle, warn });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    fail(error.message);
    return undefined;
  }
}

async function greet(
  services: Services,
  registryId: RegistryId,
  { url, key, keyText }: { url: string } & FirstKey,
): Promise<void> {
  const lines = await curlLines(services, registryId, { url, key });
  const text = [`Voiceroll: ${url}  reference: ${url}/docs`, keyText, ...lines];
  process.stdout.write(`${text.join("\n\n")}\n\n`);
}

/** After the first signal, accepted requests end normally. A second signal exits immediately. */
function closeOnSignal(server: Running, services: Services, refused: Refusals): void {
  let closing = false;
  const close = async () => {
    if (closing) process.exit(1);
    closing = true;
    await server.close();
    refused.flush();
    await services.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, close);
}

function fail(what: string): void {
  process.stderr.write(`voiceroll: ${what}\n`);
  process.exitCode = 1;
}
