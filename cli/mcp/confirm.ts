import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { ShownSpeaker } from "./registry.ts";

/**
 * Asks the user whether to erase a speaker, if the client can ask. Otherwise the model must ask,
 * and send the speaker's `uid`, which only the reply to an earlier call contains.
 *
 * returns "yes", or what to tell the model
 */
export async function confirmed(
  { server }: McpServer,
  { id, uid, name, clips }: ShownSpeaker,
  confirm: string | undefined,
): Promise<"yes" | { why: string; uid?: string }> {
  const who = `${id}${name === null ? "" : ` (${name})`}, with ${clips} ${clips === 1 ? "clip" : "clips"}`;
  if (!server.getClientCapabilities()?.elicitation) {
    if (confirm === uid) return "yes";
    return { why: `Ask the user whether to erase ${who}, for good. Then send \`confirm\`.`, uid };
  }
  const { action, content } = await server.elicitInput({
    message: `Erase ${who}, for good? The voiceprint and all recordings are deleted.`,
    requestedSchema: {
      type: "object",
      properties: { erase: { type: "boolean", title: `Erase ${id}` } },
      required: ["erase"],
    },
  });
  if (action === "accept" && content?.erase === true) return "yes";
  return { why: "The user didn't agree." };
}
