/**
 * `npm run release:sbom -- v0.1.0`: writes dist/release/sbom.cdx.json (CycloneDX), a list of what
 * `npm ci --omit=dev` installs, and SHA256SUMS. With a tag, attaches both to that GitHub release.
 * docs/dependencies.md says how to check them.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import { ROOT } from "./build-lambda.ts";

const run = promisify(execFile);
const NAME = "sbom.cdx.json";

/** The parts of CycloneDX that depend on the run and the folder. */
type Bom = {
  serialNumber?: string;
  metadata: { timestamp?: string; tools?: unknown; component: { name: string } };
};

type Manifest = { devDependencies?: unknown };
type Lock = { packages: Record<string, Manifest & { dev?: boolean }> };

/**
 * Returns the bill of materials of the lock file as JSON. Omits the serial number, the time and
 * npm's version, so that the same lock file gives the same bytes.
 */
export async function sbom(root: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-sbom-"));
  try {
    await copyShipped(root, folder);
    const options = ["--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
    const { stdout } = await run("npm", ["sbom", ...options], { cwd: folder, maxBuffer: 64e6 });
    const bom: Bom = JSON.parse(stdout);
    delete bom.serialNumber;
    delete bom.metadata.timestamp;
    delete bom.metadata.tools;
    // npm uses the name of the folder.
    bom.metadata.component.name = manifest.name;
    return `${JSON.stringify(bom, null, 2)}\n`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Copies the manifests and the lock file without development packages. `npm sbom --omit=dev` can't
 * be used: npm 11 then also omits a shipped package on which a development package depends.
 */
async function copyShipped(root: string, folder: string): Promise<void> {
  const lock: Lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.dev === true) delete lock.packages[path];
    delete entry.devDependencies;
  }
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
  for (const path of ["package.json", "cli/package.json"]) {
    const own: Manifest = JSON.parse(await readFile(join(root, path), "utf8"));
    delete own.devDependencies;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(own));
  }
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [tag] = positionals;
  const folder = join(ROOT, "dist/release");
  await mkdir(folder, { recursive: true });
  const text = await sbom(ROOT);
  const sums = `${createHash("sha256").update(text).digest("hex")}  ${NAME}\n`;
  const files = [join(folder, NAME), join(folder, "SHA256SUMS")] as const;
  await writeFile(files[0], text);
  await writeFile(files[1], sums);
  console.log(sums.trim());
  if (tag !== undefined) {
    await run("gh", ["release", "upload", tag, ...files], { cwd: ROOT });
    console.log(`Attached ${NAME} and SHA256SUMS to the release ${tag}.`);
  }
}
