import { expect, test } from "vitest";
import { MEDIA_TYPE, typeOf } from "../../functions/http/replies/problem.ts";
import type { Slug } from "../../lib/error.ts";
import { type Body, type Reply, type Stage, send, sendRaw, stored } from "./stage.ts";

export type Sending =
  | {
      method?: string;
      path: string;
      headers?: Record<string, string>;
      body?: Body;
      /** "": none. */
      key?: string;
    }
  | { raw: string | readonly Uint8Array[] };

/** One row of docs/bad-input.md. Without a slug, the reply is an error of HTTP itself. */
export type Row = {
  id: string;
  what: string;
  send: Sending | ((stage: Stage) => Sending | Promise<Sending>);
  status: number;
  slug?: Slug;
  /** The JSON pointers in `errors`. */
  pointers?: readonly string[];
  /** The expected values of headers. */
  headers?: Record<string, RegExp>;
  detail?: RegExp;
};

/**
 * Sends every row over HTTP. After each one, the process answers and a rejection has changed
 * nothing.
 */
export function runRows(rows: readonly Row[], stage: () => Stage): void {
  test.each(rows.map((row) => ({ name: `${row.id} ${row.what}`, row })))("$name", async ({ row }) => {
    const sending = typeof row.send === "function" ? await row.send(stage()) : row.send;
    const before = await stored(stage());
    const lines = stage().logs.length;
    const reply = "raw" in sending ? await sendRaw(stage(), sending.raw) : await send(stage(), sending);
    expect({ status: reply.status, type: typeIn(reply) }).toEqual({
      status: row.status,
      type: row.status < 400 ? undefined : row.slug ? typeOf(row.slug) : "about:blank",
    });
    if (row.status >= 400) await expectRefusal(row, reply, stage(), { before, lines });
    for (const [name, value] of Object.entries(row.headers ?? {}))
      expect(reply.headers.get(name)).toMatch(value);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    const good = await send(stage(), { method: "GET", path: "/ready" });
    expect(good.status).toBe(200);
    expect(JSON.stringify(stage().logs)).not.toContain(stage().key);
  });
}

async function expectRefusal(
  row: Row,
  reply: Reply,
  stage: Stage,
  { before, lines }: { before: string; lines: number },
): Promise<void> {
  expect(reply.headers.get("Content-Type")).toBe(MEDIA_TYPE);
  const body = JSON.parse(reply.text);
  expect(body).toMatchObject({ status: row.status, title: expect.any(String), detail: expect.any(String) });
  const pointers = (body.errors ?? []).map((one: { pointer: string }) => one.pointer);
  expect(pointers).toEqual(expect.arrayContaining([...(row.pointers ?? [])]));
  if (row.detail) expect(body.detail).toMatch(row.detail);
  if (row.status === 401) expect(reply.headers.get("WWW-Authenticate")).toBe("Bearer");
  if (row.status === 405) expect(reply.headers.get("Allow")).toBeTruthy();
  if (row.status === 429) expect(Number(reply.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(await stored(stage)).toBe(before);
  // A message that Node's parser rejects isn't logged.
  if (!body.instance) return;
  const logged = stage.logs.slice(lines).filter((entry) => entry.requestId === body.instance);
  expect(logged).toMatchObject([{ status: row.status, slug: row.slug }]);
}

function typeIn(reply: Reply): string | undefined {
  return reply.headers.get("Content-Type") === MEDIA_TYPE ? JSON.parse(reply.text).type : undefined;
}
