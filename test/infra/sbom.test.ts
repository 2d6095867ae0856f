import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../infra/build/build-lambda.ts";
import { sbom } from "../../infra/build/sbom.ts";

test("the bill of materials lists the shipped packages at their versions, and no development package", async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const text = await sbom(ROOT);
  type Component = { name: string; version: string; hashes?: readonly { alg: string; content: string }[] };
  const { components, metadata } = JSON.parse(text) as {
    components: readonly Component[];
    metadata: { component: { name: string } };
  };
  const versions = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  type Locked = { version?: string; dev?: boolean };
  const shipped = Object.entries<Locked>(lock.packages).filter(
    ([path, { dev }]) => /node_modules/.test(path) && !dev,
  );
  // A package may appear under a development package, too: zod did, and was left out.
  for (const [path, { version }] of shipped)
    if (version) expect(versions).toContain(`${path.replace(/^.*node_modules\//, "")}@${version}`);
  for (const [name, version] of Object.entries(manifest.devDependencies))
    expect(versions).not.toContain(`${name}@${version}`);
  expect(metadata.component.name).toBe(manifest.name);
  expect(text).not.toMatch(/serialNumber|timestamp/);
  expect(components.filter(({ hashes }) => hashes?.[0]?.alg === "SHA-512").length).toBeGreaterThan(50);
});
