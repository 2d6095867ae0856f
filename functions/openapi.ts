import { OpenAPIHono } from "@hono/zod-openapi";
import manifest from "../package.json" with { type: "json" };
import { apiRoutes } from "./routes/all.ts";

const DESCRIPTION = `A speaker registry that you run yourself: enroll people from short recordings, verify a claimed speaker (1:1),
identify an unknown one (1:N), compare two clips.

**It gives speaker evidence, one signal among others. It is not an authenticator, and it does no replay or
synthetic-voice detection**: every decision says \`"spoofCheck": "none"\`.

Audio is the raw body (other fields then stand in the query; \`operatingPoint.far\` is \`far\` there), or the part
\`audio\` of a multipart body, or \`"audio": {"base64": "..."}\` in JSON. A body may have 4.5 MiB, a clip two minutes; what is
larger is uploaded first and named by \`"audio": {"upload": "upl_..."}\`.

Errors are RFC 9457 problems; their \`type\` is stable, \`urn:voiceroll:problem:<slug>\`. Scores, thresholds and cosines are
null for keys without the scope \`scores:read\`: exact scores help an attacker to climb.`;

/** OpenAPI 3.1, from the definitions alone: no store and no model is needed. */
export function openApiDocument() {
  const app = new OpenAPIHono();
  for (const { definition } of apiRoutes) if (definition) app.openAPIRegistry.registerPath(definition);
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key, `vr_...`. It names the registry, and its scopes say what it may do.",
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
