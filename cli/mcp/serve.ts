import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { ToolRegistry } from "./registry.ts";
import { mcpServer } from "./tools.ts";

/** Serves the tools over standard input and output until the client ends. */
export async function serveTools(registry: ToolRegistry, options: { allowWrites: boolean }): Promise<void> {
  const server = mcpServer(registry, options);
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once("end", resolve);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
