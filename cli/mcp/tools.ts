import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { ProblemError } from "../../clients/typescript/src/index.ts";
import { AppError } from "../../lib/error.ts";
import { VERSION } from "../version.ts";
import { confirmed } from "./confirm.ts";
import type { ShownDecision, ShownIdentification, ShownSpeaker, ToolRegistry } from "./registry.ts";

const INSTRUCTIONS =
  "A registry of speakers, known by their voices. Decisions are evidence about a speaker, not authentication: " +
  "replayed and synthetic voices are not detected. Files are paths of audio files on the machine of this server.";

const File = z
  .string()
  .describe("The path of an audio file with one voice, ideally 5 seconds of speech or more.");
const Speaker = z.string().describe("The speaker's ID, as list_speakers shows it.");
const READS = { readOnlyHint: true, openWorldHint: false } as const;

/**
 * The MCP server with its tools.
 *
 * allowWrites  adds the tools that enroll and erase
 */
export function mcpServer(registry: ToolRegistry, { allowWrites }: { allowWrites: boolean }): McpServer {
  const server = new McpServer({ name: "voiceroll", version: VERSION }, { instructions: INSTRUCTIONS });
  addReading(server, registry);
  if (allowWrites) addWriting(server, registry);
  return server;
}

function addReading(server: McpServer, registry: ToolRegistry): void {
  server.registerTool(
    "who_is_this",
    {
      title: "Who is this clip?",
      description:
        "Finds out which enrolled speaker a recording is. `match`: the first candidate. `unknown`: nobody who is " +
        "enrolled. `ambiguous` and `inconclusive`: it can't be said; see the reasons.",
      inputSchema: { file: File, group: z.string().optional().describe("Search only this group's members.") },
      annotations: READS,
    },
    ({ file, group }) => answer(async () => identification(await registry.identify(file, group))),
  );
  server.registerTool(
    "is_this_speaker",
    {
      title: "Is this clip a given speaker?",
      description:
        "Decides whether a recording is the voice of one enrolled speaker: accept, reject or inconclusive.",
      inputSchema: { speaker: Speaker, file: File },
      annotations: READS,
    },
    ({ speaker, file }) => answer(async () => decision(await registry.verify(speaker, file))),
  );
  server.registerTool(
    "compare_clips",
    {
      title: "Are two clips the same person?",
      description: "Decides whether two recordings are one voice: accept (the same), reject or inconclusive.",
      inputSchema: { a: File, b: File },
      annotations: READS,
    },
    ({ a, b }) => answer(async () => decision(await registry.compare(a, b))),
  );
  server.registerTool(
    "list_speakers",
    {
      title: "List speakers",
      description: "Lists 100 enrolled speakers at a time. Send `next` as `cursor` for the following ones.",
      inputSchema: { cursor: z.string().optional() },
      annotations: READS,
    },
    ({ cursor }) =>
      answer(async () => {
        const { speakers, next } = await registry.list(cursor);
        return { speakers: speakers.map(speakerOf), next };
      }),
  );
  server.registerTool(
    "get_speaker",
    {
      title: "Look up a speaker",
      description: "Reads one speaker: status, name, and how much speech is enrolled.",
      inputSchema: { speaker: Speaker },
      annotations: READS,
    },
    ({ speaker }) => answer(async () => speakerOf(await registry.get(speaker))),
  );
}

function addWriting(server: McpServer, registry: ToolRegistry): void {
  server.registerTool(
    "enroll_speaker",
    {
      title: "Enroll a speaker",
      description:
        "Adds recordings of one person to a speaker, and creates the speaker if needed. About 20 seconds of speech " +
        "in all are enough. The person must have agreed to it.",
      inputSchema: {
        speaker: Speaker.describe(
          "An ID: letters, digits, `_`, `.` and `-`. An existing one adds to that speaker.",
        ),
        files: z.array(File).min(1).max(10),
        name: z.string().optional(),
      },
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    ({ speaker, files, name }) => answer(async () => speakerOf(await registry.enroll(speaker, files, name))),
  );
  server.registerTool(
    "erase_speaker",
    {
      title: "Erase a speaker",
      description:
        "Erases a speaker for good: voiceprint, recordings, name. The user is asked first. Where the user can't be " +
        "asked here, the reply says what to confirm with them, and the second call needs `confirm`.",
      inputSchema: {
        speaker: Speaker,
        confirm: z.string().optional().describe("The `uid` of the speaker, after the user has agreed."),
      },
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ speaker, confirm }) =>
      answer(async () => {
        const found = await registry.get(speaker);
        const consent = await confirmed(server, found, confirm);
        if (consent !== "yes") return { erased: false, ...consent };
        await registry.erase(speaker);
        return { erased: true, speaker: found.id };
      }),
  );
}

/** The result of a tool. A problem is a result too, which the model can read. */
async function answer(work: () => Promise<object>): Promise<CallToolResult> {
  try {
    return { content: [{ type: "text", text: JSON.stringify(await work(), undefined, 2) }] };
  } catch (error) {
    const known = error instanceof AppError || error instanceof ProblemError;
    if (!known) throw error;
    return { isError: true, content: [{ type: "text", text: `${error.slug}: ${error.message}` }] };
  }
}

const decision = ({ decision, reasons, band, warnings, decisionId, spoofCheck }: ShownDecision) => ({
  ...{ decision, reasons, band, warnings, decisionId, spoofCheck },
});

const identification = ({ decision, reasons, candidates, searched, ...others }: ShownIdentification) => ({
  ...{ decision, reasons, searched },
  candidates: candidates.map(({ speaker, band }) => ({ speaker, band })),
  ...{ warnings: others.warnings, decisionId: others.decisionId, spoofCheck: others.spoofCheck },
});

const speakerOf = ({ id, uid, name, status, clips, ...others }: ShownSpeaker) => ({
  ...{ id, uid, name, status, clips },
  speechSeconds: others.speechSeconds,
  remainingSpeechSeconds: others.remainingSpeechSeconds,
  createdAt: others.createdAt,
});
