import { defineConfig } from "vite";

/**
 * Builds the console into functions/console, which is committed, so that the server needs no build
 * tool. The same sources give the same bytes (test/console/build.test.ts).
 */
export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  publicDir: "public",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../functions/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    // One script and one stylesheet with names that don't change, so that a commit shows their
    // changes.
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { entryFileNames: "console.js", assetFileNames: "console[extname]", codeSplitting: false },
    },
  },
});
