import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Bundles each source file into <name>.mjs in the folder, next to the chunks that the bundles
 * share. The same sources give the same bytes. Packages that need their own files stay external:
 * assets.ts copies them. Source maps go to a folder of their own: Node would read them at each
 * start (read-stack.ts reads them when they are needed).
 */
export async function bundleEntries(
  root: string,
  entries: Record<string, string>,
  { folder, maps }: { folder: string; maps: string },
): Promise<void> {
  const { outputFiles } = await bundleFor(root, entries, { toRoot: "", maps: true });
  for (const { name, contents } of outputFiles)
    await writeFile(join(name.endsWith(".map") ? maps : folder, name), contents);
}

/**
 * Bundles like `bundleEntries`, and returns the files, and the paths of the sources in the root.
 *
 * toRoot  the path from the bundles' folder to a folder in which everything that the sources read
 *         is where it is in the root, such as "/../.."
 */
export async function bundleFor(
  root: string,
  entries: Record<string, string>,
  { toRoot, maps = false }: { toRoot: string; maps?: boolean },
): Promise<{ outputFiles: { name: string; contents: Uint8Array }[]; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    // Bundle as if into the repository root, so that source maps have repository paths wherever the
    // folders are.
    outdir: root,
    write: false,
    metafile: true,
    preserveSymlinks: true,
    outExtension: { ".js": ".mjs" },
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["onnxruntime-node"],
    // Keep names for stack traces, and because the SDK uses the names of its client classes. The
    // option keepNames would set each name at run time, which takes a tenth of a cold start.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: maps && "external",
    sourcesContent: false,
    legalComments: "linked",
    // Bundled CommonJS packages still call require. A long name can't collide with a minified one.
    banner: {
      js: [
        'import { createRequire as topLevelCreateRequire } from "node:module";',
        "const require = topLevelCreateRequire(import.meta.url);",
      ].join(" "),
    },
    plugins: [placesAsInSource(root, toRoot), englishOnly],
    logLevel: "warning",
  });
  return {
    outputFiles: outputFiles.map(({ path, contents }) => ({ name: relative(root, path), contents })),
    inputs: Object.keys(metafile.inputs),
  };
}

/** A script of a thread, which is an entry of its own. */
const SCRIPT = /new URL\("[./\w-]*?([\w-]+)\.ts", import\.meta\.url\)/g;

/**
 * Rewrites `import.meta.dirname`: in a bundle it is the bundle's folder, and code expects the
 * source file's folder. The scripts of threads are beside the bundle.
 */
function placesAsInSource(root: string, toRoot: string): Plugin {
  return {
    name: "places-as-in-source",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/](lib|functions|test)[\\/].*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const folder = JSON.stringify(toRoot + join("/", relative(root, dirname(path))));
        return {
          contents: text
            .replaceAll("import.meta.dirname", `(import.meta.dirname + ${folder})`)
            .replaceAll(SCRIPT, 'new URL("./$1.mjs", import.meta.url)'),
          loader: "ts",
        };
      });
    },
  };
}

/** Leaves out zod's messages in fifty languages, which nothing shows: ours are in lib/text. */
const englishOnly: Plugin = {
  name: "english-only",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};
