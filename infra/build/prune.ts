/**
 * `npm run prune:modules`: removes from node_modules what the server never loads, and prints what
 * it removed. For a folder that only runs the server, after `npm ci --omit=dev`; `npm ci` brings
 * everything back.
 *
 * Options: --root DIR (default: the checkout), --platform linux, --arch x64 (default: this
 * machine's)
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

type Rule = { what: string; matches(path: string): boolean };
export type Removed = { what: string; paths: number; bytes: number };

const rulesFor = (platform: string, architecture: string): Rule[] => [
  {
    what: `onnxruntime for other platforms than ${platform}/${architecture}`,
    matches: (path) =>
      /^onnxruntime-node\/bin\/napi-v\d+\/\w+\/\w+$/.test(path) &&
      !path.endsWith(`/${platform}/${architecture}`),
  },
  {
    what: "headers and documentation of Node, whose program is in node/bin",
    matches: (path) => /^node\/node_modules\/node-[\w-]+$/.test(path),
  },
  {
    what: "OpenTelemetry as ES modules, next to the CommonJS files that are loaded",
    matches: (path) => /^@opentelemetry\/[\w-]+\/build\/(esm|esnext)$/.test(path),
  },
  {
    what: "Swagger UI except the two files that /docs serves",
    matches: (path) =>
      /^swagger-ui-dist\/(?!package\.json$|swagger-ui\.css$|swagger-ui-bundle\.js$)/.test(path),
  },
  {
    what: "Hono and the MCP SDK as CommonJS, next to the ES modules that are loaded",
    matches: (path) => /^(hono\/dist\/cjs|@modelcontextprotocol\/sdk\/dist\/(cjs|esm\/examples))$/.test(path),
  },
  { what: "the TypeScript sources of zod", matches: (path) => path === "zod/src" },
  { what: "type declarations", matches: (path) => /\.d\.[cm]?ts$|\/dist-types$/.test(path) },
  { what: "source maps", matches: (path) => path.endsWith(".map") },
];

/** Removes what the rules match. Resolves to one line for each rule. */
export async function pruneModules(to: {
  modules: string;
  platform: string;
  architecture: string;
}): Promise<Removed[]> {
  const rules = rulesFor(to.platform, to.architecture);
  const removed = rules.map(({ what }): Removed => ({ what, paths: 0, bytes: 0 }));

  async function visit(folder: string): Promise<void> {
    for (const entry of await readdir(join(to.modules, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const count = removed[rules.findIndex((rule) => rule.matches(path))];
      if (count) {
        count.paths += 1;
        count.bytes += await sizeOf(join(to.modules, path));
        await rm(join(to.modules, path), { recursive: true });
      } else if (entry.isDirectory()) await visit(path);
    }
  }
  await visit(".");
  return removed;
}

/** Returns the bytes of a file, or of everything in a folder. Hard links to kept files count. */
async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      root: { type: "string", default: join(import.meta.dirname, "../..") },
      platform: { type: "string", default: process.platform },
      arch: { type: "string", default: process.arch },
    },
  });
  const modules = join(values.root, "node_modules");
  const removed = await pruneModules({ modules, platform: values.platform, architecture: values.arch });
  for (const { what, paths, bytes } of removed)
    if (paths > 0) console.log(`removed ${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${what}`);
  console.log(`left    ${((await sizeOf(modules)) / 1e6).toFixed(1).padStart(6)} MB  in ${modules}`);
}
