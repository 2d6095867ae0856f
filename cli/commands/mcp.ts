import type { Command } from "commander";
import { badInput } from "../../lib/input-file.ts";
import type { Globals } from "../options.ts";
import { inRegistry } from "../services.ts";

type Options = Globals & { url?: string; allowWrites: boolean };

export function addMcp(program: Command): void {
  program
    .command("mcp")
    .description("serve the registry's tools to an AI assistant over standard input and output (MCP)")
    .option(
      "--url <url>",
      "use the server at this URL with the API key in VOICEROLL_KEY, not the data folder",
    )
    .option("--allow-writes", "add the tools that enroll and erase speakers", false)
    .action(async (_own, command: Command) => {
      const { url, allowWrites, ...options } = command.optsWithGlobals<Options>();
      const { serveTools } = await import("../mcp/serve.ts");
      if (url !== undefined) {
        const { remoteRegistry } = await import("../mcp/remote.ts");
        return serveTools(remoteRegistry(url, keyFrom(process.env)), { allowWrites });
      }
      const { localRegistry } = await import("../mcp/local.ts");
      await inRegistry(options, "model", (services, registry) =>
        serveTools(localRegistry(services, registry), { allowWrites }),
      );
    });
}

/** Not an option: other users of the machine can read a command line. */
function keyFrom({ VOICEROLL_KEY }: NodeJS.ProcessEnv): string {
  if (VOICEROLL_KEY) return VOICEROLL_KEY;
  throw badInput("Set the environment variable VOICEROLL_KEY to an API key of the server.");
}
