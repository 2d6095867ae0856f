import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Low to high. A file imports its own entry or an earlier line, never another entry on its line. */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/deadline.ts", "lib/tally.ts", "lib/error.ts", "lib/id.ts", "lib/sha256.ts", "lib/stopwatch.ts"],
  ["lib/audio/", "lib/score/"],
  ["lib/ports/"],
  ["lib/ports.ts"],
  ["lib/adapters/shared/"],
  ["lib/domain/", "lib/adapters/onnx/", "lib/adapters/local/", "lib/adapters/aws/"],
  ["functions/http/"],
  ["functions/routes/"],
  ["functions/"],
  ["cli/"],
  ["models/build/"],
  ["infra/"],
  ["sst.config.ts"],
  ["test/"],
  ["vitest.config.ts"],
];
/** What meets the outside: everything else gets its adapters handed in. */
const MAY_IMPORT_ADAPTERS = [
  /^functions\/(gallery-builder|lambda|lambda-services|local)\.ts$/,
  /^cli\//,
  /^infra\//,
  /^models\/build\//,
  /^test\//,
];
const PURE_PACKAGES = ["fft.js", "wavefile", "opus-decoder", "libflacjs"];
const IMPURE = /\b(Date\.now|new Date|Math\.random|process\.|console\.|performance\.|setTimeout|crypto\.)/;

const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], {
  cwd: ROOT,
  encoding: "utf8",
});
const files = tracked
  .trim()
  .split("\n")
  .filter((file) => !file.endsWith(".d.ts"));
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));

type Place = { layer: number; entry: string };

function placeOf(file: string): Place | undefined {
  for (const [layer, entries] of LAYERS.entries()) {
    const entry = entries.find((one) => (one.endsWith("/") ? file.startsWith(one) : file === one));
    if (entry) return { layer, entry };
  }
  return undefined;
}

const code = (file: string) => (sources.get(file) ?? "").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

function importsOf(file: string): string[] {
  const pattern = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
  return [...code(file).matchAll(pattern)].map((match) => match[1]);
}

const resolved = (file: string, specifier: string) => normalize(join(dirname(file), specifier));
const localImports = (file: string) =>
  importsOf(file)
    .filter((one) => one.startsWith("."))
    .map((one) => resolved(file, one));

test("every source file has a layer", () => {
  expect(files.filter((file) => !placeOf(file))).toEqual([]);
});

test("a file imports its own entry or a lower layer, never a neighbor", () => {
  const wrong = files.flatMap((file) => {
    const from = placeOf(file);
    return localImports(file)
      .filter((target) => target.endsWith(".ts"))
      .filter((target) => {
        const to = placeOf(target);
        return !from || !to || to.layer > from.layer || (to.layer === from.layer && to.entry !== from.entry);
      })
      .map((target) => `${file} -> ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("only entries hand out adapters", () => {
  const wrong = files
    .filter((file) => !file.startsWith("lib/adapters/") && !MAY_IMPORT_ADAPTERS.some((one) => one.test(file)))
    .filter((file) => localImports(file).some((target) => target.startsWith("lib/adapters/")));
  expect(wrong).toEqual([]);
});

test("imports make no circle", () => {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "open") circles.push([...path, file].join(" -> "));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const target of valueImports(file)) if (sources.has(target)) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

/** `import type` is erased: it cannot make a circle at run time. */
function valueImports(file: string): string[] {
  const pattern = /import\s+(?!type\b)[^;]*?from\s*"(\.[^"]+)"|import\s*"(\.[^"]+)"/g;
  return [...code(file).matchAll(pattern)].map((match) => resolved(file, match[1] ?? match[2]));
}

test("audio and score are pure: no clock, randomness, environment or console, and only codec packages", () => {
  const pure = files.filter((file) => placeOf(file)?.layer === 1);
  expect(pure.length).toBeGreaterThan(0);
  const packages = pure.flatMap((file) =>
    importsOf(file).filter(
      (one) => !one.startsWith(".") && !PURE_PACKAGES.some((name) => one.startsWith(name)),
    ),
  );
  expect(packages).toEqual([]);
  expect(pure.filter((file) => IMPURE.test(code(file)))).toEqual([]);
});

test("a source file stays readable in one sitting", () => {
  const long = [...sources].filter(
    ([file, text]) => !file.startsWith("test/") && text.split("\n").length > 220,
  );
  expect(long.map(([file]) => file)).toEqual([]);
});
