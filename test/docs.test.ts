/** The documentation names only files, scripts and links that exist. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import cliManifest from "../cli/package.json" with { type: "json" };
import { type Slug, titles } from "../lib/error.ts";
import manifest from "../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "..");
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .trim()
  .split("\n");
const pages = tracked
  .filter((file) => /^(docs\/|samples\/|[A-Z]+\.md$)/.test(file))
  .filter((file) => file.endsWith(".md"));
const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** Paths in backticks that start with a folder of the repository, without a placeholder. */
const PATH = /`((?:bench|cli|docs|functions|infra|lib|models|samples|test)\/[\w./*-]+)`/g;
const NAME_IN_CAPITALS = /\/[A-Z]{2,}/;

test("every page of docs is found", () => {
  expect(pages.length).toBeGreaterThan(20);
});

test("every file and folder that the documentation names exists", () => {
  const exists = (path: string): boolean => {
    const pattern = new RegExp(
      `^${path.replaceAll(".", "\\.").replaceAll("*", "[^/]*").replace(/\/$/, "")}(/|$)`,
    );
    return tracked.some((file) => pattern.test(file));
  };
  const missing = pages.flatMap((page) =>
    [...textOf(page).matchAll(PATH)]
      .map(([, path = ""]) => path)
      .filter((path) => !NAME_IN_CAPITALS.test(path) && !exists(path))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test("every relative link of the documentation points to a file", () => {
  const broken = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("every npm script that the documentation names exists", () => {
  const unknown = pages.flatMap((page) =>
    [...textOf(page).matchAll(/npm run (?:-s )?([\w:-]+)/g)]
      .map(([, script = ""]) => script)
      .filter((script) => !(script in manifest.scripts))
      .map((script) => `${page}: ${script}`),
  );
  expect(unknown).toEqual([]);
});

test("every option of a voiceroll command that the documentation names exists", () => {
  const sources = tracked.filter((file) => /^cli\/.*\.ts$/.test(file)).map(textOf);
  const unknown = pages.flatMap((page) =>
    codeOf(textOf(page))
      .flatMap((code) => code.match(/voiceroll [a-z][^\n|#]*/g) ?? [])
      .flatMap((command) => command.match(/--[a-z][a-z-]*/g) ?? [])
      .filter((option) => !sources.some((text) => new RegExp(`["(\\s]${option}[\\s",]`).test(text)))
      .map((option) => `${page}: ${option}`),
  );
  expect(unknown).toEqual([]);
});

test("docs/dependencies.md lists every dependency in its exact version", () => {
  const text = textOf("docs/dependencies.md");
  const missing = Object.entries({ ...manifest.dependencies, ...cliManifest.dependencies })
    .map(([name, version]) => `| ${name} | ${version} |`)
    .filter((row) => !text.includes(row));
  expect(missing).toEqual([]);
});

test("docs/architecture.md and its picture name every room of lib and functions", () => {
  const folders = tracked
    .filter((file) => /^(lib|functions)\/.*\.ts$/.test(file))
    .map((file) => dirname(file))
    .filter((folder) => folder.includes("/"));
  const text = textOf("docs/architecture.md") + textOf("docs/architecture.svg");
  const missing = [...new Set(folders)].filter((folder) => {
    const name = folder.split("/").at(-1) ?? folder;
    return !new RegExp(`[\`>/ ]${name}[\`<,/ ]`).test(text);
  });
  expect(missing).toEqual([]);
});

test("problems in the documentation's examples have the titles of lib/error.ts", () => {
  const examples = pages.flatMap((page) =>
    [...textOf(page).matchAll(/"type": "urn:voiceroll:problem:([\w-]+)",\s*"title": "([^"]+)"/g)].map(
      ([, slug = "", title = ""]) => ({ slug, title }),
    ),
  );
  expect(examples.length).toBeGreaterThan(0);
  expect(examples).toEqual(examples.map(({ slug }) => ({ slug, title: titles[slug as Slug] })));
});

/** The code blocks and code spans of a page. */
const codeOf = (text: string): string[] => text.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? [];
