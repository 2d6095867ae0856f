/** A loopback Lambda Runtime API with one function process under it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";

type Outcome = { result: unknown } | { failure: { errorType: string; errorMessage: string } };
type Invocation = { id: string; event: unknown; deadline: number; done: (outcome: Outcome) => void };

export type LambdaFunction = {
  /** From the start of the process to its first question for work. */
  initMs: number;
  /** Resolves or rejects like the handler. remainingMs: the remaining time in the context */
  invoke(event: unknown, remainingMs?: number): Promise<unknown>;
  /** Resident megabytes, if /proc exists. */
  residentMb(): Promise<number | undefined>;
  /** Processor time of all threads since the start, in steps of 10 ms. NaN without /proc. */
  processorMs(): Promise<number>;
  output(): string;
  close(): Promise<void>;
};

/**
 * folder   what `npm run build:lambda` made: it is all the process gets to see
 * handler  "lambda.handler"
 * Rejects with the function's own error where its init fails.
 */
export async function startFunction(
  folder: string,
  handler: string,
  env: Record<string, string>,
): Promise<LambdaFunction> {
  const runtime = runtimeApi();
  runtime.server.listen(0, "127.0.0.1");
  await once(runtime.server, "listening");
  await copyFile(join(import.meta.dirname, "lambda-bootstrap.mjs"), join(folder, "bootstrap.mjs"));
  const { port } = runtime.server.address() as AddressInfo;
  const start = performance.now();
  const child = spawn(process.execPath, ["bootstrap.mjs"], {
    cwd: folder,
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
      AWS_REGION: "eu-central-1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = once(child, "exit");
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
    runtime.server.closeAllConnections();
    runtime.server.close();
  };
  const early = ended.then(([code]) =>
    Promise.reject(new Error(`the function ended with ${code}: ${output}`)),
  );
  early.catch(() => undefined);
  await Promise.race([runtime.ready, early]).catch(async (error) => {
    await close();
    throw error;
  });
  const initMs = performance.now() - start;
  return {
    initMs,
    invoke: (event, remainingMs = 30_000) => Promise.race([runtime.invoke(event, remainingMs), early]),
    residentMb: () => residentMb(child),
    processorMs: () => processorMs(child),
    output: () => output,
    close,
  };
}

function runtimeApi() {
  const ready = Promise.withResolvers<void>();
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let idle: ServerResponse | undefined;
  let count = 0;

  const hand = () => {
    const next = idle && waiting.shift();
    if (!next) return;
    running.set(next.id, next);
    idle?.writeHead(200, {
      "Lambda-Runtime-Aws-Request-Id": next.id,
      "Lambda-Runtime-Deadline-Ms": next.deadline,
    });
    idle?.end(JSON.stringify(next.event));
    idle = undefined;
  };
  const answered = async (request: IncomingMessage, response: ServerResponse) => {
    const [, id, kind] =
      /^\/2018-06-01\/runtime\/(?:invocation\/)?(\w+)\/(response|error)$/.exec(request.url ?? "") ?? [];
    const value = await json(request);
    response.writeHead(202).end();
    if (id === "init") return ready.reject(new Error((value as { errorMessage: string }).errorMessage));
    running.get(id)?.done(kind === "response" ? { result: value } : { failure: value as never });
  };
  const server = createServer((request, response) => {
    if (request.method === "POST") return void answered(request, response);
    idle = response;
    ready.resolve();
    hand();
  });
  return {
    server,
    ready: ready.promise,
    async invoke(event: unknown, remainingMs: number): Promise<unknown> {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      waiting.push({ id: `invocation${count++}`, event, deadline: Date.now() + remainingMs, done: resolve });
      hand();
      const outcome = await promise;
      if ("result" in outcome) return outcome.result;
      throw Object.assign(new Error(outcome.failure.errorMessage), { name: outcome.failure.errorType });
    },
  };
}

async function residentMb({ pid }: ChildProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kb = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return kb === undefined ? undefined : Number(kb) / 1024;
}

/** Linux counts processor time in ticks of 10 ms (proc_pid_stat(5): utime and stime). */
export async function processorMs({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
