import { AZURE_TAGS, azurePaths, azureSecurity } from "./compat/azure-document.ts";
import { VOICE_ID_TAG, voiceIdPaths, voiceIdSecurity } from "./compat/voice-id-document.ts";
import type { Document } from "./openapi/complete.ts";
import { documentOf } from "./openapi/document.ts";

const DESCRIPTION = `What a Voiceroll registry answers to programs that called Azure Speaker Recognition or
Amazon Connect Voice ID. Change the endpoint and the key of the old client, and keep your code.

New programs use [the registry's own API](/docs), which has more operations and says more about each
decision. Voiceprints of the old services can't be taken along, only recordings.

Scores are null or absent for a key without the scope \`scores:read\`.`;

/**
 * Returns the OpenAPI 3.1 document of the other services' routes. It is apart from the API's own,
 * so that a client generated from that one has only the registry's operations.
 */
export function compatDocument(): Document {
  const title = "Voiceroll for clients of Azure and Voice ID";
  const tags = [...AZURE_TAGS, VOICE_ID_TAG];
  return documentOf({ title, description: DESCRIPTION, tags }, (registry) => {
    registry.registerComponent("securitySchemes", ...azureSecurity);
    registry.registerComponent("securitySchemes", ...voiceIdSecurity);
    for (const path of [...azurePaths(), ...voiceIdPaths()]) registry.registerPath(path);
  });
}
