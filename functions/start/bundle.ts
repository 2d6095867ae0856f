// CommonJS, like local.ts.
const { spawnSync } = require("node:child_process");
const { readFileSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const ROOT = join(__dirname, "../..");
const FOLDER = join(ROOT, "dist/start");
const BUILD = join(ROOT, "infra/build/build-start.ts");

/**
 * Runs the bundled server (infra/build/build-start.ts). Builds the bundle if there is none, or if a
 * source has changed since. Runs the sources if it can't be built: without the packages of
 * development, or in a folder that this process can't write to.
 */
exports.runBundle = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const name = current() ?? built();
  const path = name ? join(FOLDER, name, "local-server.mjs") : join(ROOT, "functions/local-server.ts");
  const { main } = await import(pathToFileURL(path).href);
  await main(env);
};

/** Undefined if there is no bundle of these sources. */
function current(): string | undefined {
  try {
    const { name, inputs } = JSON.parse(readFileSync(join(FOLDER, "current.json"), "utf8"));
    const same = ([path, size, mtimeMs]: [string, number, number]) => {
      const stats = statSync(join(ROOT, path));
      return stats.size === size && stats.mtimeMs === mtimeMs;
    };
    return inputs.every(same) && statSync(join(FOLDER, name)).isDirectory() ? name : undefined;
  } catch {
    return undefined;
  }
}

/** In a process of its own, whose memory doesn't stay. */
function built(): string | undefined {
  const { status } = spawnSync(process.execPath, [BUILD], { cwd: ROOT, stdio: "ignore" });
  return status === 0 ? current() : undefined;
}
