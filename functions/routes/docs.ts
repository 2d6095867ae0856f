import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import type { Route } from "../http/route.ts";

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

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Voiceroll API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true });\n`;

const TEXT = { "Content-Type": "text/javascript; charset=utf-8" };

/** The OpenAPI document and a page that shows it. All its files come from this service. */
export const docsRoutes = (document: object): Route[] => [
  docsRoute("/openapi.json", (c) => c.json(document)),
  docsRoute("/docs", (c) => {
    c.header("Content-Security-Policy", POLICY);
    c.header("Referrer-Policy", "no-referrer");
    return c.html(PAGE);
  }),
  docsRoute("/docs/start.js", (c) => c.body(START, 200, TEXT)),
  ...FILES.map(([file, type]) =>
    docsRoute(`/docs/${file}`, async (c) => {
      const bytes = new Uint8Array(await readFile(join(FOLDER, file)));
      return c.body(bytes, 200, { "Content-Type": type });
    }),
  ),
];

const docsRoute = (path: string, handle: (c: Context<Env>) => Response | Promise<Response>): Route => ({
  method: "get",
  path,
  mount: (app) => void app.get(path, named({ path }), handle),
});
