import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openUriFiles } from "../../lib/adapters/uri/open.ts";
import { AppError } from "../../lib/error.ts";
import { FilePrefixes } from "../../lib/schema/variables.ts";

const ALL = { from: 0, to: 1000 };

/** `allowed/` with some files, beside `secret`. */
async function folders() {
  const root = await mkdtemp(join(tmpdir(), "voiceroll-uri-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const allowed = join(root, "allowed");
  await mkdir(join(allowed, "a b"), { recursive: true });
  await writeFile(join(allowed, "a b", "clip.wav"), "0123456789");
  await writeFile(join(root, "secret"), "secret");
  const prefix = `${pathToFileURL(allowed)}/`;
  return { root, allowed, prefix, files: await openUriFiles([prefix]) };
}

const slugOf = (work: Promise<unknown>) =>
  work.then(
    () => "read",
    (error) => (error instanceof AppError ? error.slug : String(error)),
  );
const textOf = ({ bytes }: { bytes: Uint8Array }) => new TextDecoder().decode(bytes);

test("reads ranges of a file under the prefix, and says its size", async () => {
  const { prefix, files } = await folders();
  const uri = `${prefix}a%20b/clip.wav`;
  files.check(uri);
  const { version, ...found } = await files.read(uri, { from: 2, to: 5 });
  expect(found).toEqual({ bytes: new TextEncoder().encode("234"), size: 10 });
  expect(textOf(await files.read(uri, { from: 8, to: 20, version }))).toBe("89");
  expect((await files.read(uri, { from: 10, to: 20, version })).bytes).toHaveLength(0);
});

test("copies a file with its sha256, and removes the copy", async () => {
  const { prefix, files } = await folders();
  const uri = `${prefix}a%20b/clip.wav`;
  const { version } = await files.read(uri, ALL);
  const copy = await files.copy(uri, version);
  expect(await readFile(copy.path, "utf8")).toBe("0123456789");
  expect(copy.sha256).toBe("84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
  await copy.remove();
  await expect(readFile(copy.path)).rejects.toThrow("ENOENT");
});

test("refuses every way out of the folder", async () => {
  const { root, allowed, prefix, files } = await folders();
  await symlink(join(root, "secret"), join(allowed, "link"));
  await symlink(root, join(allowed, "up"));
  await mkdir(join(root, "allowed-not"));
  await writeFile(join(root, "allowed-not", "x"), "secret");
  const outside = [
    `${prefix}../secret`,
    `${prefix}%2e%2e/secret`,
    `${prefix}a%20b/..%2f..%2fsecret`,
    `${prefix}link`,
    `${prefix}up/secret`,
    `${prefix.slice(0, -1)}-not/x`,
    `${pathToFileURL(join(root, "secret"))}`,
    `file://localhost${allowed}/../secret`,
    `file://elsewhere${allowed}/a%20b/clip.wav`,
    `${allowed}/a b/clip.wav`,
    `s3://bucket/a`,
    "",
  ];
  for (const uri of outside)
    expect([uri, await slugOf(files.read(uri, ALL))]).toEqual([uri, "file-not-allowed"]);
  // A link within the folder is a file of the folder.
  await symlink(join(allowed, "a b"), join(allowed, "inside"));
  expect(textOf(await files.read(`${prefix}inside/clip.wav`, ALL))).toBe("0123456789");
});

test("a folder, a pipe and an absent file are not found, without waiting", async () => {
  const { allowed, prefix, files } = await folders();
  execFileSync("mkfifo", [join(allowed, "pipe")]);
  for (const name of ["a%20b", "pipe", "absent", "a%20b/clip.wav/x", `${"x".repeat(300)}`])
    expect([name, await slugOf(files.read(prefix + name, ALL))]).toEqual([name, "file-not-found"]);
});

test("notices that a file was replaced, and leaves no copy of it", async () => {
  const { allowed, prefix, files } = await folders();
  const uri = `${prefix}a%20b/clip.wav`;
  const { version } = await files.read(uri, ALL);
  await writeFile(join(allowed, "other"), "abcdefghij");
  await rename(join(allowed, "other"), join(allowed, "a b", "clip.wav"));
  const copies = () => readdir(join(tmpdir(), "voiceroll-uploads")).catch((): string[] => []);
  const before = await copies();
  expect(await slugOf(files.read(uri, { ...ALL, version }))).toBe("file-changed");
  expect(await slugOf(files.copy(uri, version))).toBe("file-changed");
  expect((await copies()).filter((name) => !before.includes(name))).toEqual([]);
});

test("without prefixes, the reply names the variable to set", async () => {
  const files = await openUriFiles([]);
  expect(() => files.check("s3://bucket/a.wav")).toThrow(/VOICEROLL_FILE_PREFIXES/);
});

test("a prefix is a whole folder", () => {
  const right = "s3://bucket/,s3://my.bucket/a/b c/, file:///srv/audio/";
  expect(FilePrefixes.parse(right)).toEqual(right.split(/, ?/));
  const wrong: readonly string[] = [
    "s3://bucket",
    "s3://b/a",
    "s3://bucket/a*/",
    "/srv/",
    "file://host/srv/",
    "file:///srv",
    "*",
    ",",
  ];
  for (const text of wrong) expect([text, FilePrefixes.safeParse(text).success]).toEqual([text, false]);
});
