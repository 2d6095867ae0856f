import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { html, raw } from "hono/html";
import { languageDetector } from "hono/language";
import { AppError, type Slug, titles } from "../../lib/error.ts";
import { help, zhHelp } from "../../lib/problems/help.ts";
import type { Help } from "../../lib/problems/types.ts";
import { zhTitles } from "../../lib/text/zh-titles.ts";
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

type Language = "en" | "zh";
type Texts = {
  /** The name of the language, for the link to its page. */
  own: string;
  titles: Readonly<Record<Slug, string>>;
  help: Readonly<Record<Slug, Help>>;
  all: string;
  list: Html;
  meaning: string;
  remedy: string;
  detail: Html;
};

const LANGUAGES: Readonly<Record<Language, Texts>> = {
  en: {
    own: "English",
    titles,
    help,
    all: "Problems",
    list: html`An error reply of the <a href="/docs">API</a> names one of these problems.`,
    meaning: "What it means",
    remedy: "What to do",
    detail: html`The reply's <code>detail</code> says more about your request.`,
  },
  zh: {
    own: "中文",
    titles: zhTitles,
    help: zhHelp,
    all: "问题一览",
    list: html`<a href="/docs">API</a> 的错误答复会指明以下问题之一。`,
    meaning: "含义",
    remedy: "解决方法",
    detail: html`答复中的 <code>detail</code> 会进一步说明您的请求。`,
  },
};

/** The language of a page: the query's, else the browser's. */
const detectLanguage = languageDetector({
  order: ["querystring", "header"],
  supportedLanguages: Object.keys(LANGUAGES),
  fallbackLanguage: "en",
  caches: false,
});
const languageParam = z.object({
  lang: z.enum(["en", "zh"]).optional().openapi({
    description: "The page's language. By default the one that `Accept-Language` prefers.",
  }),
});

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
    (c) => {
      const language = languageOf(c);
      return page(c, LANGUAGES[language].all, list(language));
    },
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
      const language = languageOf(c);
      return page(c, LANGUAGES[language].titles[slug], explanation(language, slug));
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
      request: { query: languageParam, ...(params ? { params } : {}) },
      responses: { 200: { description: "The page", content }, ...failures(problems) },
    },
    mount: (app) => void app.get(routingPath(path), named({ path }), detectLanguage, handle),
  };
}

type Html = ReturnType<typeof html>;

function page(c: Context<Env>, title: string, content: Html): Response | Promise<Response> {
  c.header("Content-Security-Policy", POLICY);
  c.header("Referrer-Policy", "no-referrer");
  const language = languageOf(c);
  c.header("Content-Language", language);
  c.header("Vary", "Accept-Language", { append: true });
  return c.html(html`<!doctype html>
<html lang="${language}">
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
<p>${otherLanguages(language)}</p>
</main>
</body>
</html>
`);
}

const languageOf = (c: Context<Env>): Language => (c.get("language") === "zh" ? "zh" : "en");

/** The same page in the other languages. */
const otherLanguages = (shown: Language): Html[] =>
  Object.entries(LANGUAGES)
    .filter(([language]) => language !== shown)
    .map(([language, { own }]) => html`<a href="?lang=${language}" lang="${language}">${own}</a>`);

function list(language: Language): Html {
  return html`<p>${LANGUAGES[language].list}</p>
<ul>
${slugs.map((slug) => item(language, slug))}</ul>`;
}

function item(language: Language, slug: Slug): Html {
  const title = LANGUAGES[language].titles[slug];
  return html`<li><a href="${helpPath(slug)}?lang=${language}"><code>${slug}</code></a> ${title}</li>\n`;
}

function explanation(language: Language, slug: Slug): Html {
  const texts = LANGUAGES[language];
  const { meaning, remedy } = texts.help[slug];
  const status = statuses[slug];
  return html`<p>HTTP ${status} ${STATUS_CODES[status]}, <code>${typeOf(slug)}</code></p>
<h2>${texts.meaning}</h2>
<p>${withCode(meaning)}</p>
<h2>${texts.remedy}</h2>
<p>${withCode(remedy)}</p>
<p>${texts.detail} <a href="/problems?lang=${language}">${texts.all}</a></p>`;
}

/** Shows the text between backticks as code. */
const withCode = (text: string) =>
  text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
