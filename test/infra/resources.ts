import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, transformSync } from "esbuild";
import { FUNCTIONS } from "../../infra/build/build-lambda.ts";
import { hasModel } from "../../infra/build/function-parts.ts";
import { PLATFORM, ROOT } from "./platform.ts";

export type Resource = {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  protect?: true;
  retainOnDelete?: true;
};
export type Deployment = {
  app: { name: string; removal: string; protect: boolean };
  /** In order of type, then name. */
  resources: readonly Resource[];
  outputs: Record<string, string>;
};

/** A valid secret: base64 of 32 bytes. */
export const SECRET = Buffer.alloc(32, 7).toString("base64");

/**
 * Returns every resource that a deployment of this stage would request. `env` holds the operator's
 * settings. Rejects with the components' output if they reject the configuration.
 */
export async function resourcesOf(stage: string, env: Record<string, string>): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-infra-"));
  const program = join(PLATFORM, `voiceroll-check-${stage}.mjs`);
  try {
    await bundled(stage, folder, program);
    const result = join(folder, "result.json");
    execFileSync(process.execPath, [program], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        PATH: process.env.PATH,
        SST_SECRET_VoicerollSecret: SECRET,
        CHECK_BUILT: builtFolders(folder),
        CHECK_RESULT: result,
        ...env,
      },
    });
    const { app, resources, outputs } = JSON.parse(readFileSync(result, "utf8"));
    return { app, outputs, resources: resources.map(stable).sort(byTypeAndName) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
  }
}

type App = { removal: string; protect: boolean };

/** What sst.config.ts says about a stage. */
export function appOf(stage: string): App {
  const text = readFileSync(join(ROOT, "sst.config.ts"), "utf8");
  const { code } = transformSync(text, { loader: "ts", format: "cjs" });
  const module: { exports: { default?: { app(given: { stage: string }): App } } } = { exports: {} };
  new Function("module", "$config", code)(module, (config: unknown) => config);
  if (!module.exports.default) throw new RangeError("sst.config.ts exports no configuration");
  const { removal, protect } = module.exports.default.app({ stage });
  return { removal, protect };
}

/** Bundles the platform's sources and the configuration into one file, as the sst command does. */
async function bundled(stage: string, folder: string, outfile: string): Promise<void> {
  const { removal, protect } = appOf(stage);
  await build({
    entryPoints: [join(ROOT, "test/infra/mock/run.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    alias: { "#platform": join(PLATFORM, "src") },
    // Ignore the project's tsconfig, which the platform is not written for.
    tsconfigRaw: {},
    define: {
      $app: JSON.stringify({
        name: "voiceroll",
        stage,
        removal,
        protect,
      }),
      $cli: JSON.stringify({
        command: "deploy",
        paths: { root: ROOT, work: folder, platform: PLATFORM, home: folder },
      }),
      $dev: "process.env.CHECK_DEV",
    },
    banner: {
      js: [
        'import { createRequire as requireForBundled } from "node:module";',
        "const require = requireForBundled(import.meta.url);",
      ].join(" "),
    },
    logLevel: "error",
  });
}

/** The model that the placeholder has, next to the bundled one. */
export const BUILT_WITH = "other";

/** Creates placeholders for the output of `npm run build:lambda`. */
function builtFolders(folder: string): string {
  const built = join(folder, "built");
  for (const name of FUNCTIONS) {
    const model = join(built, name, "models", BUILT_WITH);
    mkdirSync(hasModel(name) ? model : join(built, name), { recursive: true });
    if (hasModel(name)) writeFileSync(join(model, "model.json"), "{}");
    writeFileSync(join(built, name, `${name}.mjs`), "export const handler = () => {};\n");
  }
  return built;
}

const byTypeAndName = (a: Resource, b: Resource): number =>
  a.type === b.type ? Number(a.name > b.name) - Number(a.name < b.name) : a.type < b.type ? -1 : 1;

/**
 * Replaces the random suffixes and code hashes that SST puts into names, so that two runs give the
 * same text.
 */
const stable = (resource: Resource): Resource =>
  JSON.parse(
    JSON.stringify(resource).replace(RANDOM_SUFFIX, "$1-random").replace(CODE_HASH, "$1-hash.zip"),
    opened,
  );
const RANDOM_SUFFIX = /(voiceroll-[a-z]+-[a-z]+)-[a-z]{8}\b/gi;
const CODE_HASH = /(assets\/\w+-code)-[0-9a-f]{64}\.zip/g;

/** The resources in the account, without SST's bookkeeping and uploaded code. */
export const inAccount = ({ resources }: Deployment): Resource[] =>
  resources.filter(({ type }) => type.startsWith("aws:") && !type.startsWith("aws:s3/bucketObject"));

/** Returns the resources of a type, such as "sqs/queue". */
export const ofType = ({ resources }: Deployment, kind: string): Resource[] =>
  resources.filter(({ type }) => type.startsWith(`aws:${kind}:`));

/**
 * Returns the only resource of a type, or the one with this name. Throws if there is not exactly
 * one.
 */
export function one(deployment: Deployment, kind: string, name?: string): Resource {
  const found = ofType(deployment, kind).filter((each) => name === undefined || each.name === name);
  if (found.length !== 1) throw new Error(`expected one ${kind} ${name ?? ""}, found ${found.length}`);
  return found[0];
}

/** Pulumi marks secret values with this key. They become {"secret": value}. */
const MARK = "4dabf18193072939515e22adb298388d";
const opened = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && MARK in value && "value" in value
    ? { secret: value.value }
    : value;
