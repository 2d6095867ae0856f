/** `voiceroll mcp`, by the SDK's own client over standard input and output. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema, ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect, onTestFinished, test } from "vitest";
import { startProcess } from "../functions/process.ts";
import { cleanEnvironment, ROOT, runNode, temporaryFolder } from "./run.ts";

const sample = (name: string) => join(ROOT, `samples/${name}.wav`);
const CLI = join(ROOT, "cli/voiceroll.ts");

/** `answer`: whether the user agrees, in a client that can ask. Undefined: it can't. */
async function connected(args: readonly string[], env: Record<string, string> = {}, answer?: boolean) {
  const capabilities = answer === undefined ? {} : { elicitation: {} };
  const client = new Client({ name: "test", version: "1" }, { capabilities });
  const asked: string[] = [];
  if (answer !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return { action: "accept", content: { erase: answer } };
    });
  const given = { ...cleanEnvironment(), ...env } as Record<string, string>;
  const transport = new StdioClientTransport({
    ...{ command: process.execPath, args: [CLI, "mcp", ...args], env: given },
    ...{ cwd: ROOT, stderr: "inherit" },
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const call = async (name: string, input: object = {}) => {
    const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: { ...input } }));
    const [content] = result.content;
    const text = content?.type === "text" ? content.text : "";
    return result.isError ? { error: text } : JSON.parse(text);
  };
  return { client, call, asked };
}

const SAMPLES = [1, 2, 3, 4].map((take) => sample(`slt/${take}`));
const READING = ["compare_clips", "get_speaker", "is_this_speaker", "list_speakers", "who_is_this"];

test("in a folder, it only reads: who a clip is, whether two are one person, who is enrolled", async () => {
  const data = temporaryFolder();
  const enrolled = await runNode([CLI, "--data", data, "enroll", "slt", ...SAMPLES]);
  expect(enrolled).toMatchObject({ code: 0 });
  const { client, call } = await connected(["--data", data]);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).toSorted()).toEqual(READING);
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);

  const found = await call("who_is_this", { file: sample("slt/5") });
  expect(found).toMatchObject({ decision: "match", candidates: [{ speaker: "slt" }], searched: 1 });
  expect(JSON.stringify(found)).not.toContain("score");
  expect(await call("is_this_speaker", { speaker: "slt", file: sample("rms/5") })).toMatchObject({
    decision: "reject",
    spoofCheck: "none",
  });
  expect(await call("compare_clips", { a: sample("awb/1"), b: sample("awb/2") })).toMatchObject({
    decision: "accept",
  });
  expect(await call("list_speakers")).toMatchObject({ speakers: [{ id: "slt", clips: 4 }], next: null });
  expect(await call("get_speaker", { speaker: "slt" })).toMatchObject({ id: "slt", status: "enrolled" });
  expect(await call("get_speaker", { speaker: "eve" })).toMatchObject({ error: /^speaker-not-found: / });
  expect(await call("who_is_this", { file: "/nowhere.wav" })).toMatchObject({ error: /\/nowhere\.wav/ });
  expect(await call("erase_speaker", { speaker: "slt" })).toMatchObject({ error: /not found/ });
}, 120_000);

test("with --allow-writes it enrolls, and erases only with what the first reply contains", async () => {
  const data = temporaryFolder();
  expect(await runNode([CLI, "--data", data, "enroll", "slt", ...SAMPLES])).toMatchObject({ code: 0 });
  const { call } = await connected(["--data", data, "--allow-writes"]);
  const rms = await call("enroll_speaker", { speaker: "rms", files: [sample("rms/1")], name: "R" });
  expect(rms).toMatchObject({ id: "rms", name: "R", clips: 1 });
  const first = await call("erase_speaker", { speaker: "rms" });
  expect(first).toMatchObject({ erased: false, why: /Ask the user/, uid: rms.uid });
  expect(await call("erase_speaker", { speaker: "rms", confirm: "yes" })).toMatchObject({ erased: false });
  expect(await call("get_speaker", { speaker: "rms" })).toMatchObject({ clips: 1 });
  expect(await call("erase_speaker", { speaker: "rms", confirm: rms.uid })).toEqual({
    erased: true,
    speaker: "rms",
  });
  expect(await call("get_speaker", { speaker: "rms" })).toMatchObject({ error: /^speaker-not-found: / });
}, 120_000);

test("on a server it uses a key, and asks the user before it erases", async () => {
  const data = temporaryFolder();
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: data });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const key = readFileSync(join(data, "api-key"), "utf8").trim();
  const args = ["--url", server.url, "--allow-writes"];
  const unwilling = await connected(args, { VOICEROLL_KEY: key }, false);
  await unwilling.call("enroll_speaker", { speaker: "slt", files: SAMPLES });
  expect(await unwilling.call("who_is_this", { file: sample("slt/5") })).toMatchObject({ decision: "match" });
  expect(await unwilling.call("is_this_speaker", { speaker: "slt", file: sample("slt/6") })).toMatchObject({
    decision: "accept",
  });
  expect(await unwilling.call("compare_clips", { a: sample("awb/1"), b: sample("rms/2") })).toMatchObject({
    decision: "reject",
  });
  const uid = (await unwilling.call("get_speaker", { speaker: "slt" })).uid;
  // The person decides, whatever the model sends.
  expect(await unwilling.call("erase_speaker", { speaker: "slt", confirm: uid })).toMatchObject({
    erased: false,
  });
  expect(unwilling.asked).toEqual([expect.stringMatching(/^Erase slt, with 4 clips, for good\?/)]);
  expect(await unwilling.call("list_speakers")).toMatchObject({ speakers: [{ id: "slt" }] });
  const willing = await connected(args, { VOICEROLL_KEY: key }, true);
  expect(await willing.call("erase_speaker", { speaker: "slt" })).toMatchObject({ erased: true });
  expect(await willing.call("list_speakers")).toEqual({ speakers: [], next: null });
  const stranger = await connected(args, { VOICEROLL_KEY: "vr_0" });
  expect(await stranger.call("list_speakers")).toMatchObject({ error: /^unauthorized: / });
}, 120_000);

test("a URL without a key is refused before anything is served", async () => {
  const { code, stderr, stdout } = await runNode([CLI, "mcp", "--url", "http://127.0.0.1:1"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("VOICEROLL_KEY");
});
