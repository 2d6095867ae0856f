#!/usr/bin/env node
// Runs voiceroll.ts in this Node if it can run TypeScript, or else in the Node that the checkout
// pins.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);

if (process.env.npm_command) endWithParent();
if (major > 22 || (major === 22 && minor >= 18)) await import("./voiceroll.ts");
else runPinned();

/**
 * npx starts this file through a shell that does not forward signals, so killing npx ends only the
 * shell. When the parent is gone, this process sends itself SIGTERM.
 */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.kill(process.pid, "SIGTERM"), 500).unref();
}

function runPinned() {
  const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
  const args = [path("voiceroll.ts"), ...process.argv.slice(2)];
  const child = spawn(path("../node_modules/.bin/node"), args, { stdio: "inherit" });
  child.on("error", () => {
    process.stderr.write(
      `voiceroll: This is Node ${process.version}, and voiceroll needs 22.18 or newer. Run npm ci to install it.\n`,
    );
    process.exit(70);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  // A terminal sends Ctrl-C to both processes. Stay until the child exits.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
}
