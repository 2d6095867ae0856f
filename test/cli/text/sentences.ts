/** Finds the texts that the command line can print, in its source code. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../run.ts";

/** What no command prints: texts of the HTTP API, that explain a report and for an AI assistant. */
const NOT_PRINTED = [
  /^lib\/(problems|schema|ports|domain\/upload)\//,
  /^lib\/(error|transfer\/(registry|settings)-format|adapters\/aws\/environment)\.ts$/,
  /^cli\/(text\/|mcp\/|evaluate\/report\/explanation|words\.ts)/,
];

/**
 * `keys`: texts given to `t`. `sentences`: of errors. `bare`: texts with words that a command
 * prints without `t`. Each has `{}` in place of each value.
 */
export type Texts = { keys: Set<string>; sentences: Set<string>; bare: Set<string> };

/** Of the files in these folders. */
export function textsInSource(...folders: readonly string[]): Texts {
  const list = ["ls-files", "-co", "--exclude-standard", ...folders.map((folder) => `${folder}/*.ts`)];
  const files = execFileSync("git", list, { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  const texts: Texts = { keys: new Set(), sentences: new Set(), bare: new Set() };
  for (const file of files.filter((one) => !NOT_PRINTED.some((pattern) => pattern.test(one)))) {
    const code = readFileSync(join(ROOT, file), "utf8");
    collect(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true), texts);
  }
  return texts;
}

function collect(node: ts.Node, texts: Texts): void {
  const key = keyOf(node);
  const sentence = key === undefined ? sentenceOf(node) : undefined;
  const bare = bareIn(node);
  if (key) texts.keys.add(key);
  if (bare) texts.bare.add(bare);
  if (sentence) texts.sentences.add(sentence);
  // The parts of a sentence are not sentences of their own, but its values can be.
  const isText = key !== undefined || sentence !== undefined;
  ts.forEachChild(node, (child) => {
    if (!isText || !isLiteral(child)) collect(child, texts);
  });
}

const isLiteral = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isBinaryExpression(node);

/** t`text` or t("text") */
function keyOf(node: ts.Node): string | undefined {
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === "t") return textOf(node.template);
  const called = ts.isCallExpression(node) && node.expression.getText() === "t";
  return called && node.arguments[0] ? textOf(node.arguments[0]) : undefined;
}

/** print(`text`), warn("text") or a cell of table([["text"]]) */
function bareIn(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !/^(print|warn|table)$/.test(node.expression.getText())) return undefined;
  // The library's warnings go to a log, and a local function is called `table` as well.
  const [shown] = node.arguments;
  if (!node.getSourceFile().fileName.startsWith("cli/")) return undefined;
  if (node.expression.getText() === "table" && shown && !ts.isArrayLiteralExpression(shown)) return undefined;
  const texts = literalsIn(shown).flatMap((literal) => textOf(literal) ?? []);
  return texts.find((text) => /[a-z]{3}/.test(text.replace(/^voiceroll: /, "")));
}

/** A text, or those in arrays. */
function literalsIn(node: ts.Node | undefined): ts.Node[] {
  if (!node) return [];
  return ts.isArrayLiteralExpression(node)
    ? node.elements.flatMap(literalsIn)
    : isLiteral(node)
      ? [node]
      : [];
}

/** A text of several words that starts with a capital or a value, and ends with a period. */
function sentenceOf(node: ts.Node): string | undefined {
  const text = isLiteral(node) ? textOf(node) : undefined;
  return text && /^[A-Z{].*\.$/s.test(text) && /[a-z]{2} [a-z]{2}/.test(text) ? text : undefined;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join("");
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? "{}"}${right ?? "{}"}`;
}
