#!/usr/bin/env node
// Runs voiceroll.ts: in this Node where it strips types by itself, else in the one that the checkout pins.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);

if (process.env.npm_command) endWithParent();
if (major > 22 || (major === 22 && minor >= 18)) await import("./voiceroll.ts");
else runPinned();

/**
 * npx runs this file below a shell that does not pass signals on: killing npx ends the shell only. A parent that is gone
 * counts as SIGTERM.
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
      `voiceroll: needs Node 22.18 or newer, this is ${process.version}; run npm ci first.\n`,
    );
    process.exit(70);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  // A terminal sends Ctrl-C to both; the child decides when to end.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
}
