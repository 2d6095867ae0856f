import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { html, raw } from "hono/html";
import { AppError, type Slug, titles } from "../../lib/error.ts";
import { help } from "../../lib/problems/help.ts";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import { failures } from "../http/replies/failures.ts";
import { helpPath, statuses, typeOf } from "../http/replies/problem.ts";
import { type Route, routingPath } from "../http/route.ts";

const STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
li { margin-bottom: 0.25rem; }
a, code { overflow-wrap: anywhere; }`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const slugs = Object.keys(titles) as Slug[];
const isSlug = (text: string): text is Slug => Object.hasOwn(titles, text);

/** The pages that explain problem replies to a person. They need no key. */
export const problemRoutes: readonly Route[] = [
  pageRoute(
    {
      operationId: "listProblems",
      summary: "List all problems",
      description: "A page with links to the pages of all problems.",
      path: "/problems",
    },
    (c) => page(c, "Problems", list()),
  ),
  pageRoute(
    {
      operationId: "readProblem",
      summary: "Read what a problem means and what to do",
      description:
        "A page about one kind of problem. The `Link` header of such a reply, with `rel=help`, refers to it.",
      path: "/problems/{slug}",
      params: z.object({
        slug: z.enum(slugs).openapi({ description: "The last part of a problem's `type`." }),
      }),
      problems: ["route-not-found"],
    },
    (c) => {
      const slug = c.req.param("slug") ?? "";
      if (!isSlug(slug))
        throw new AppError("route-not-found", "No problem has this slug. See GET /problems for all of them.");
      return page(c, titles[slug], explanation(slug));
    },
  ),
];

type PageSpec = {
  operationId: string;
  summary: string;
  description: string;
  path: string;
  params?: z.ZodObject;
  problems?: readonly Slug[];
};

function pageRoute(spec: PageSpec, handle: (c: Context<Env>) => Response | Promise<Response>): Route {
  const { path, params, problems = [], ...texts } = spec;
  const content = { "text/html": { schema: z.string() } };
  return {
    method: "get",
    path,
    definition: {
      ...{ ...texts, tags: ["Service"], method: "get", path, security: [] },
      request: params ? { params } : {},
      responses: { 200: { description: "The page", content }, ...failures(problems) },
    },
    mount: (app) => void app.get(routingPath(path), named({ path }), handle),
  };
}

type Html = ReturnType<typeof html>;

function page(c: Context<Env>, title: string, content: Html): Response | Promise<Response> {
  c.header("Content-Security-Policy", POLICY);
  c.header("Referrer-Policy", "no-referrer");
  return c.html(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Voiceroll</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`);
}

function list(): Html {
  return html`<p>An error reply of the <a href="/docs">API</a> names one of these problems.</p>
<ul>
${slugs.map(item)}</ul>`;
}

const item = (slug: Slug): Html =>
  html`<li><a href="${helpPath(slug)}"><code>${slug}</code></a> ${titles[slug]}</li>\n`;

function explanation(slug: Slug): Html {
  const { meaning, remedy } = help[slug];
  const status = statuses[slug];
  return html`<p>Status ${status} ${STATUS_CODES[status]}, type <code>${typeOf(slug)}</code></p>
<h2>What it means</h2>
<p>${withCode(meaning)}</p>
<h2>What to do</h2>
<p>${withCode(remedy)}</p>
<p>The reply's <code>detail</code> says more about your request. <a href="/problems">All problems</a></p>`;
}

/** Shows the text between backticks as code. */
const withCode = (text: string) =>
  text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
