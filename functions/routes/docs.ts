import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import type { Route } from "../http/route.ts";
import { staticFile } from "../http/static-file.ts";

const FOLDER = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const FILES = [
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = (title: string, start: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="${start}"></script>
</body>
</html>
`;
const TEXT = { "Content-Type": "text/javascript; charset=utf-8" };

/**
 * OpenAPI documents and pages that show them. All their files come from this service. The functions
 * return the documents.
 */
export const docsRoutes = ({ own, compat }: Record<"compat" | "own", () => Promise<object>>): Route[] => [
  ...referenceRoutes("", "Voiceroll API", own),
  ...referenceRoutes("/compat", "Voiceroll for clients of Azure and Voice ID", compat),
  ...FILES.map(([file, type]) =>
    docsRoute(`/docs/${file}`, staticFile(join(FOLDER, file), { "Content-Type": type })),
  ),
];

/** A document, its page, and the script that starts the page: the policy allows none within it. */
const referenceRoutes = (prefix: string, title: string, document: () => Promise<object>): Route[] => [
  docsRoute(`${prefix}/openapi.json`, async (c) => c.json(await document())),
  docsRoute(`${prefix}/docs`, (c) => {
    c.header("Content-Security-Policy", POLICY);
    c.header("Referrer-Policy", "no-referrer");
    return c.html(page(title, `${prefix}/docs/start.js`));
  }),
  docsRoute(`${prefix}/docs/start.js`, (c) =>
    c.body(
      `SwaggerUIBundle({ url: "${prefix}/openapi.json", dom_id: "#reference", deepLinking: true });\n`,
      200,
      TEXT,
    ),
  ),
];

const docsRoute = (path: string, handle: (c: Context<Env>) => Response | Promise<Response>): Route => ({
  method: "get",
  path,
  mount: (app) => void app.get(path, named({ path }), handle),
});
