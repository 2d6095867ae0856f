import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";

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

/** The document and a page that shows it; all files come from here. */
export function docsRoutes(document: object) {
  const app = new OpenAPIHono<Env>();
  app.get("/openapi.json", named({ path: "/openapi.json" }), (c) => c.json(document));
  app.get("/docs", named({ path: "/docs" }), (c) => {
    c.header("Content-Security-Policy", POLICY);
    c.header("Referrer-Policy", "no-referrer");
    return c.html(PAGE);
  });
  const script = { "Content-Type": "text/javascript; charset=utf-8" };
  app.get("/docs/start.js", named({ path: "/docs/start.js" }), (c) => c.body(START, 200, script));
  for (const [file, type] of FILES)
    app.get(`/docs/${file}`, named({ path: `/docs/${file}` }), async (c) =>
      c.body(new Uint8Array(await readFile(join(FOLDER, file))), 200, { "Content-Type": type }),
    );
  return app;
}

export const docsPaths = [
  "/openapi.json",
  "/docs",
  "/docs/start.js",
  ...FILES.map(([file]) => `/docs/${file}`),
];
