import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Source files -> <name>.mjs at the folder's root, with the parts they share beside them. The same sources give the same
 * bytes. Packages with files of their own stay outside: assets.ts copies them.
 */
export async function bundleEntries(
  root: string,
  entries: Record<string, string>,
  folder: string,
): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    // As if written there, so that source maps name files as the repository does, wherever it and the folder lie.
    outdir: root,
    write: false,
    preserveSymlinks: true,
    outExtension: { ".js": ".mjs" },
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["onnxruntime-node"],
    minify: true,
    // Errors and their stacks name things; the SDK names its clients.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "linked",
    // CommonJS packages inside still call require. A short name could collide with a minified one.
    banner: {
      js: 'import { createRequire as topLevelCreateRequire } from "node:module"; const require = topLevelCreateRequire(import.meta.url);',
    },
    plugins: [foldersAsInSource(root)],
    logLevel: "warning",
  });
  for (const { path, contents } of outputFiles) await writeFile(join(folder, relative(root, path)), contents);
}

/** The bundle lies where the repository's root would, so a source file's own folder is below it as it was below that. */
function foldersAsInSource(root: string): Plugin {
  return {
    name: "folders-as-in-source",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/](lib|functions|test)[\\/].*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const folder = JSON.stringify(join("/", relative(root, dirname(path))));
        return {
          contents: text.replaceAll("import.meta.dirname", `(import.meta.dirname + ${folder})`),
          loader: "ts",
        };
      });
    },
  };
}
