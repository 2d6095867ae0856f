import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "hono";
import { AppError } from "../../lib/error.ts";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import { type Route, routingPath } from "../http/route.ts";
import { staticFile } from "../http/static-file.ts";

/** Built from web/ by `npm run build:console`, and committed. */
const FOLDER = join(import.meta.dirname, "../console");
const SAMPLES = join(import.meta.dirname, "../../samples");
const SAMPLE = /^(awb|kal|rms|slt)-([1-6])\.wav$/;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  // Recordings that are played before they are sent, and stored ones.
  "media-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": POLICY,
  "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
  "Referrer-Policy": "no-referrer",
};
const FILES = [
  ["console.js", "text/javascript; charset=utf-8"],
  ["console.css", "text/css; charset=utf-8"],
  ["icon.svg", "image/svg+xml"],
] as const;

/** The console: one page, its files, and the sample clips that it offers. */
export const consoleRoutes: readonly Route[] = [
  consoleRoute("/", staticFile(join(FOLDER, "index.html"), PAGE_HEADERS)),
  ...FILES.map(([name, type]) =>
    consoleRoute(`/console/${name}`, staticFile(join(FOLDER, name), { "Content-Type": type })),
  ),
  consoleRoute("/console/samples/{name}", async (c) => {
    const [, voice, take] = SAMPLE.exec(c.req.param("name") ?? "") ?? [];
    if (voice === undefined) throw new AppError("route-not-found", "There is no such sample clip.");
    const bytes = new Uint8Array(await readFile(join(SAMPLES, voice, `${take}.wav`)));
    return c.body(bytes, 200, { "Content-Type": "audio/wav" });
  }),
];

function consoleRoute(path: string, handle: (c: Context<Env>) => Promise<Response>): Route {
  return {
    method: "get",
    path,
    mount: (app) => void app.get(routingPath(path), named({ path }), handle),
  };
}
