import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { type Globals, wholeNumber } from "../options.ts";

type Options = Globals & { port: number; host: string };

const LOCAL = join(import.meta.dirname, "../../functions/local.ts");

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("start the HTTP API on this machine, like npm start")
    .addOption(
      new Option("--port <n>", "port to listen on; 0 picks a free one")
        .argParser(wholeNumber(0, 65535))
        .default(7999)
        .env("PORT"),
    )
    .addOption(
      new Option("--host <address>", "address to listen on; 127.0.0.1 accepts this machine only")
        .default("127.0.0.1")
        .env("HOST"),
    )
    .action(async (_own, command: Command) => {
      const { data, port, host } = command.optsWithGlobals<Options>();
      process.exitCode = await runLocal({ VOICEROLL_DATA: data, PORT: String(port), HOST: host });
    });
}

/**
 * Runs the server as its own process, so that it handles its own signals. Resolves to its exit
 * code.
 */
function runLocal(environment: Record<string, string>): Promise<number> {
  const env = { ...process.env, ...environment };
  const server = spawn(process.execPath, [LOCAL], { stdio: "inherit", env });
  // A terminal sends Ctrl-C to both processes. Stay until the server has finished its requests.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill(signal));
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
