import { Help, type HelpConfiguration } from "commander";
import { columnsOf } from "./columns.ts";
import { isChinese, translated } from "./language.ts";

/**
 * How Commander prints help: its headings, and the descriptions of commands, arguments and options,
 * are translated when they are printed.
 */
export function helpIn(): HelpConfiguration {
  const usual = new Help();
  return {
    styleTitle: (title) => translated(title),
    commandDescription: (command) => translated(usual.commandDescription(command)),
    subcommandDescription: (command) => translated(usual.subcommandDescription(command)),
    optionDescription: (option) => described(usual.optionDescription(option), option.description),
    argumentDescription: (argument) => described(usual.argumentDescription(argument), argument.description),
    displayWidth: columnsOf,
    boxWrap: wrapped,
  };
}

/** `whole` is the description with what Commander adds: choices, default and variable. */
function described(whole: string, description: string): string {
  const added = whole.slice(description.length).trim();
  const between = added === "" || isChinese() ? "" : " ";
  return translated(description) + between + translated(added);
}

/** Breaks text into lines: between words, and after any Chinese character. */
function wrapped(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrappedLine(line, Math.max(width, 20)))
    .join("\n");
}

function wrappedLine(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const [piece] of text.matchAll(/\s*(?:[\u2e80-\uffef][，。、；：？！）”]?|[^\s\u2e80-\uffef]+)/gu)) {
    if (line !== "" && columnsOf(line + piece) > width) {
      lines.push(line);
      line = piece.trimStart();
    } else line += piece;
  }
  return [...lines, line].join("\n");
}
