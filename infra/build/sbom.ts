/**
 * `npm run release:sbom -- v0.1.0`: writes dist/release/sbom.cdx.json (CycloneDX), a list of what
 * `npm ci --omit=dev` installs, and SHA256SUMS. With a tag, attaches both to that GitHub release.
 * docs/dependencies.md says how to check them.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

/**
 * Returns the bill of materials of the lock file as JSON. Omits the serial number, the time and
 * npm's version, so that the same lock file gives the same bytes.
 */
export async function sbom(root: string): Promise<string> {
  const options = ["--omit=dev", "--package-lock-only", "--sbom-format=cyclonedx"];
  const { stdout } = await run("npm", ["sbom", ...options, "--sbom-type=application"], {
    cwd: root,
    maxBuffer: 64e6,
  });
  const bom: Bom = JSON.parse(stdout);
  delete bom.serialNumber;
  delete bom.metadata.timestamp;
  delete bom.metadata.tools;
  // npm uses the name of the folder.
  bom.metadata.component.name = manifest.name;
  return `${JSON.stringify(bom, null, 2)}\n`;
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
