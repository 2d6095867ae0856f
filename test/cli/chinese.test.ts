import type { Command } from "commander";
import { expect, onTestFinished, test } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { chineseOf, speak } from "../../cli/text/language.ts";
import { problemText } from "../../cli/text/problem.ts";
import { ZH } from "../../cli/text/zh.ts";
import { titles } from "../../lib/error.ts";
import { run, temporaryFolder } from "./run.ts";
import { textsInSource } from "./text/sentences.ts";

/** Four words of English in a row, outside of code. */
const ENGLISH = /\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}\b/i;
const withoutCode = (text: string): string => text.replace(/`[^`]*`|"[^"]*"|voiceroll .*$/gm, "");

const { keys, sentences, bare } = textsInSource("cli", "lib");

test("every text that a command prints has a Chinese one", () => {
  expect(keys.size).toBeGreaterThan(150);
  expect([...keys].filter((key) => !Object.hasOwn(ZH, key))).toEqual([]);
  expect([...bare]).toEqual([]);
});

test("every sentence of an error has a Chinese one", () => {
  expect(sentences.size).toBeGreaterThan(250);
  const filled = [...sentences].map((sentence) => sentence.replaceAll("{}", "7"));
  expect(filled.filter((sentence) => chineseOf(sentence) === undefined)).toEqual([]);
});

test("the Chinese texts contain Chinese, and every value of the English ones", () => {
  const places = (text: string) => text.match(/\{\d*\}/g)?.length ?? 0;
  const wrong = Object.entries(ZH).filter(
    ([english, chinese]) => places(english) !== places(chinese) && !LEFT_OUT.includes(english),
  );
  expect(wrong).toEqual([]);
  const kept = Object.entries(ZH).filter(
    ([english, chinese]) => !/[\u4e00-\u9fff（：]/.test(chinese) && !/^[^a-z]*$/i.test(english),
  );
  expect(kept).toEqual([]);
});

/** Their first value is a verb, which is the same in each case. */
const LEFT_OUT = Object.keys(ZH).filter((key) => /^Cannot \{\} |which \{\} its bytes/.test(key));

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

test("the help of every command is in Chinese", () => {
  speak("zh");
  onTestFinished(() => speak("en"));
  const all = commandsOf(createProgram({}));
  expect(all.length).toBeGreaterThan(60);
  for (const command of all) {
    const descriptions = [command, ...command.options, ...command.registeredArguments].map(descriptionOf);
    expect(descriptions.filter((text) => !isTranslated(text))).toEqual([]);
    const help = command.helpInformation();
    expect(help).toMatch(/^用法： /);
    expect(withoutCode(help)).not.toMatch(/Options:|Arguments:|Commands:|default:|choices:/);
    expect(withoutCode(help)).not.toMatch(ENGLISH);
  }
});

const isTranslated = (text: string): boolean =>
  text === "" || /[\u4e00-\u9fff]/.test(text) || chineseOf(text) !== undefined;

const descriptionOf = (one: { description: string | (() => string) }): string =>
  typeof one.description === "string" ? one.description : one.description.call(one);

test("every problem has a Chinese text, also with a detail that has none", () => {
  speak("zh");
  onTestFinished(() => speak("en"));
  for (const slug of Object.keys(titles) as (keyof typeof titles)[])
    expect(problemText(slug, "xyz")).toMatch(/^[^（]*[\u4e00-\u9fff].*（xyz）$/);
  expect(problemText("speaker-not-found", "No speaker key exists in this registry.")).toBe(
    "此注册库中没有说话人 key。",
  );
});

test("commands with --lang zh print results, advice and errors in Chinese", async () => {
  const data = temporaryFolder();
  const inChinese = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("--lang=zh", ...args, "--data", data);
    expect(withoutCode(stdout + stderr)).not.toMatch(ENGLISH);
    return { code, text: stdout + stderr };
  };
  const enrolled = await inChinese("enroll", "awb", "samples/awb/1.wav");
  expect(enrolled.text).toMatch(
    /：有效语音 \d.* 秒.*\nawb: 新建，注册中, 1 段音频，有效语音 .* 秒；完成注册还需 .* 秒\n$/,
  );
  expect((await inChinese("speakers", "list")).text).toMatch(
    /^说话人 {2}状态 +音频 +有效语音 {2}名称\nawb +注册中 /,
  );
  expect(await inChinese("speakers", "show", "bob")).toEqual({
    code: 2,
    text: "voiceroll: 此注册库中没有说话人 bob。\n",
  });
  expect(await inChinese("compare", "samples/none.wav", "samples/awb/1.wav")).toEqual({
    code: 2,
    text: "voiceroll: 无法读取 samples/none.wav：没有这个文件或目录。\n",
  });
  const wrong = await inChinese("identify", "samples/awb/1.wav", "--limit", "0");
  expect(wrong.text).toBe(
    "voiceroll: 选项“--limit <n>”的值“0”无效。请使用 1 到 100 之间的整数；详见 --help\n",
  );
  expect((await inChinese("verify", "awb")).text).toBe("voiceroll: 缺少必需的参数“file”；详见 --help\n");
  expect((await inChinese("bogus")).text).toMatch(/^voiceroll: 未知命令“bogus”；详见 --help/);
  expect((await inChinese("jobs", "list")).text).toBe("没有等待或运行中的任务。\n");
});
