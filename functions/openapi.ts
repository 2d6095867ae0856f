import { OpenAPIHono } from "@hono/zod-openapi";
import manifest from "../package.json" with { type: "json" };
import { apiRoutes } from "./routes/all.ts";

const DESCRIPTION = `A speaker registry that you run yourself. Enroll people from short recordings, verify a
claimed speaker (1:1), identify an unknown speaker (1:N), and compare two clips.

**The service provides evidence about a speaker, which is one signal among others. It is not an
authenticator, and it detects neither replayed nor synthetic voices**: every decision has
\`"spoofCheck": "none"\`.

Send audio in one of three ways: as the raw body, as the part \`audio\` of a multipart body, or as
\`"audio": {"base64": "..."}\` in JSON. With a raw body, send the other fields in the query, where
\`operatingPoint.far\` is called \`far\`. A body can have up to 4.4 MiB, and a clip up to two minutes.
Upload larger files first, and refer to them with \`"audio": {"upload": "upl_..."}\`.

Errors are RFC 9457 problems. Their \`type\` is stable: \`urn:voiceroll:problem:<slug>\`. Scores,
thresholds and cosines are null for a key without the scope \`scores:read\`, because exact scores help
an attacker to imitate a voice step by step.`;

/** Returns the OpenAPI 3.1 document. It needs neither a store nor a model. */
export function openApiDocument() {
  const app = new OpenAPIHono();
  for (const { definition } of apiRoutes) if (definition) app.openAPIRegistry.registerPath(definition);
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key, `vr_...`. It belongs to one registry, and its scopes limit what it can do.",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Voiceroll",
      version: manifest.version,
      description: DESCRIPTION,
      license: { name: manifest.license },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "Speakers" },
      { name: "Decisions" },
      { name: "Groups" },
      { name: "Calibration" },
      { name: "Uploads" },
      { name: "Jobs" },
      { name: "Service" },
    ],
  });
}
