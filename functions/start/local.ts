// `functions/local.ts` is a link to this file. Node 20 can't load an ES module from a .ts file, but
// it runs a CommonJS one as JavaScript. This folder is CommonJS and this file contains no types, so
// that an old Node prints a sentence instead of a stack trace.
if (process.features.typescript) {
  require("./compile-cache.ts").keepCompiledCode(process.env);
  // `npm start` runs a bundle. Without the option, the sources run as they are.
  if (process.argv.includes("--bundle")) require("./bundle.ts").runBundle(process.env);
  else import("../local-server.ts").then(({ main }) => main(process.env));
} else {
  process.stderr.write(
    `voiceroll: This is Node ${process.version}, and Voiceroll needs 22.18 or newer. ` +
      "Run `npm start`: it uses the Node that `npm ci` installed.\n",
  );
  process.exitCode = 1;
}
