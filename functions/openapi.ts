import { complete, type Document } from "./openapi/complete.ts";
import { documentOf } from "./openapi/document.ts";
import { registerEvents } from "./openapi/events.ts";
import examples from "./openapi/examples.json" with { type: "json" };
import problemExamples from "./openapi/problem-examples.json" with { type: "json" };
import { shareProblems } from "./openapi/problems.ts";
import { apiRoutes } from "./routes/all.ts";

const DESCRIPTION = `A speaker registry that you run yourself. Enroll people from short recordings, verify a
claimed speaker (1:1), identify an unknown speaker (1:N), and compare two clips.

**The service provides evidence about a speaker, which is one signal among others. It is not an
authenticator, and it detects neither replayed nor synthetic voices**: decisions have
\`"spoofCheck": "none"\`, or \`"score"\` with the score of a detector that you have installed.

Send audio in one of three ways: as the raw body, as the part \`audio\` of a multipart body, or as
\`"audio": {"base64": "..."}\` in JSON. With a raw body, send the other fields in the query, where
\`operatingPoint.far\` is called \`far\`. A body can have up to 4.4 MiB, and a clip up to two minutes.
Upload larger files first, and refer to them with \`"audio": {"upload": "upl_..."}\`.

Errors are RFC 9457 problems. Their \`type\` is stable: \`urn:voiceroll:problem:<slug>\`.
\`GET /problems/<slug>\` says what a problem means and what to do; the \`Link\` header of each reply with
a slug refers to it (\`rel="help"\`).

Scores, thresholds and cosines are null for a key without the scope \`scores:read\`, because exact scores
help an attacker to imitate a voice step by step. Decisions are made on exact scores, which replies
round to at most four decimals and four significant digits.

Programs that called Azure Speaker Recognition or Amazon Connect Voice ID find the routes for their clients
at [/compat/docs](/compat/docs).

The examples are real replies of a server, in which long texts and lists are cut.`;

const TAGS = [
  { name: "Speakers", description: "People and the clips that their voiceprints are made of" },
  { name: "Decisions", description: "Verify, identify and compare voices, and explain past decisions" },
  { name: "Groups", description: "Named subsets of the speakers, such as teams and watchlists" },
  { name: "Calibration", description: "Thresholds, and the impostor voices that normalize scores" },
  { name: "Uploads", description: "Recordings that are too large for a request body" },
  { name: "Jobs", description: "Work in the background" },
  { name: "Keys", description: "API keys, and tokens for web pages" },
  { name: "Webhooks", description: "URLs to which the registry's events are posted" },
  { name: "Registry", description: "Settings" },
  { name: "Audit", description: "The log of changes" },
  { name: "Service", description: "Health, metrics and problems of the service itself" },
];

/** Returns the OpenAPI 3.1 document of the API. */
export function openApiDocument(): Document {
  const head = { title: "Voiceroll", description: DESCRIPTION, tags: TAGS };
  const document = documentOf(head, (registry) => {
    for (const { definition } of apiRoutes) if (definition) registry.registerPath(definition);
    registerEvents(registry);
    registry.registerComponent("securitySchemes", "bearer", {
      type: "http",
      scheme: "bearer",
      description: "An API key, `vr_...`. It belongs to one registry, and its scopes limit what it can do.",
    });
  });
  complete(document, examples);
  shareProblems(document, problemExamples);
  return document;
}
