import { expect, test } from "vitest";
import { createApp } from "../../functions/app.ts";
import { lambdaHandler } from "../../functions/aws/lambda-app.ts";
import { readSettings } from "../../functions/node/settings.ts";
import { type Client, client, json } from "./client.ts";

const PAGE = "https://app.example.com";
const appFor = (c: Client, ...corsOrigins: string[]) =>
  createApp(c.services, { log: () => undefined }, { corsOrigins });
const preflight = (origin: string) => ({
  method: "OPTIONS",
  headers: {
    Origin: origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,idempotency-key",
  },
});
const allowed = (response: Response) => response.headers.get("Access-Control-Allow-Origin");

test("a preflight of a listed origin is answered without a key, for the methods and headers of the API", async () => {
  const app = appFor(await client(), PAGE, "http://localhost:5173");
  const answer = await app.request("/speakers/ann/enroll", preflight(PAGE));
  expect([answer.status, allowed(answer)]).toEqual([204, PAGE]);
  expect(answer.headers.get("Vary")).toMatch(/^Origin\b/);
  expect(answer.headers.get("Access-Control-Allow-Methods")).toBe("GET,POST,PUT,PATCH,DELETE");
  expect(answer.headers.get("Access-Control-Allow-Headers")).toMatch(/^Authorization,.*Idempotency-Key/);
  expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
  expect(allowed(await app.request("/verify", preflight("https://evil.example.com")))).toBeNull();
});

test("a listed page reads every reply, also a problem, and its headers; another page reads none", async () => {
  const c = await client();
  const app = appFor(c, PAGE);
  const ask = (origin: string, key: string) =>
    app.request("/speakers", { headers: { Origin: origin, Authorization: `Bearer ${key}` } });
  const good = await ask(PAGE, c.key);
  expect([good.status, allowed(good)]).toEqual([200, PAGE]);
  expect(good.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
  const refused = await ask(PAGE, "wrong");
  expect([refused.status, allowed(refused)]).toEqual([401, PAGE]);
  expect(allowed(await ask("https://evil.example.com", c.key))).toBeNull();
});

test("with `*` every page may call, and without the setting none", async () => {
  const c = await client();
  expect(allowed(await appFor(c, "*").request("/health", preflight("https://any.example")))).toBe("*");
  const none = await c.app.request("/health", preflight(PAGE));
  expect([none.status, allowed(none)]).toEqual([405, null]);
});

test("a registry's own list narrows the pages that may send requests, not its own console or servers", async () => {
  const c = await client();
  const app = appFor(c, PAGE, "https://other.example.com");
  const patch = (fields: object) =>
    c.call("PATCH", "/registry", { headers: json, body: JSON.stringify(fields) });
  const ask = async (headers: Record<string, string>) => {
    const reply = await app.request("/speakers", {
      headers: { Authorization: `Bearer ${c.key}`, ...headers },
    });
    return [reply.status, allowed(reply)];
  };
  expect((await patch({ corsOrigins: [PAGE] })).body.settings.corsOrigins).toEqual([PAGE]);
  const other = "https://other.example.com";
  expect(await ask({ Origin: PAGE })).toEqual([200, PAGE]);
  expect(await ask({ Origin: other })).toEqual([403, other]);
  expect(await ask({})).toEqual([200, null]);
  expect(await ask({ Origin: "http://127.0.0.1:7999", "Sec-Fetch-Site": "same-origin" })).toEqual([
    200,
    null,
  ]);
  // A preflight has no key, so the deployment's list alone answers it.
  expect(allowed(await app.request("/speakers", preflight(other)))).toBe(other);
  expect((await patch({ corsOrigins: [] })).status).toBe(200);
  expect(await ask({ Origin: PAGE })).toEqual([403, PAGE]);
  expect((await patch({ corsOrigins: null })).body.settings.corsOrigins).toBeNull();
  expect(await ask({ Origin: other })).toEqual([200, other]);
  for (const wrong of ["*", `${PAGE}/`, "app.example.com"])
    expect((await patch({ corsOrigins: [wrong] })).body.errors[0].pointer).toBe("/corsOrigins/0");
});

test("on Lambda a preflight is answered by the same setting", async () => {
  const c = await client();
  const handler = lambdaHandler(c.services, { log: () => undefined, corsOrigins: [PAGE] });
  const event = (method: string, headers: Record<string, string>) => ({
    version: "2.0",
    rawPath: "/speakers",
    rawQueryString: "",
    headers: { host: "api.example.com", ...headers },
    requestContext: { http: { method }, domainName: "api.example.com" },
    isBase64Encoded: false,
  });
  const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 30_000 };
  const asked = { "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
  const answered = await handler(event("OPTIONS", { origin: PAGE, ...asked }), context);
  expect([answered.statusCode, answered.headers["access-control-allow-origin"]]).toEqual([204, PAGE]);
  const read = await handler(event("GET", { origin: PAGE, authorization: `Bearer ${c.key}` }), context);
  expect([read.statusCode, read.headers["access-control-allow-origin"]]).toEqual([200, PAGE]);
});

test("the setting is a list of origins", () => {
  const origins = (text: string) => readSettings({ CORS_ORIGINS: text });
  expect(origins(`${PAGE}, http://localhost:5173`)).toMatchObject({
    settings: { CORS_ORIGINS: [PAGE, "http://localhost:5173"] },
  });
  expect(origins("*")).toMatchObject({ settings: { CORS_ORIGINS: ["*"] } });
  expect(readSettings({})).toMatchObject({ settings: { CORS_ORIGINS: [] } });
  for (const wrong of [`${PAGE}/`, "app.example.com", `${PAGE},`])
    expect(origins(wrong)).toMatchObject({
      problems: [expect.stringMatching(/^CORS_ORIGINS .*isn't a list of origins/)],
    });
});
