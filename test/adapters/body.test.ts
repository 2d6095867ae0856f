import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { attributes } from "../../lib/adapters/aws/attributes.ts";
import { bodyAttribute, bodyText } from "../../lib/adapters/aws/body.ts";
import { documentItem, documentOf } from "../../lib/adapters/aws/items-document.ts";
import { heardProbeDocument } from "../../lib/adapters/shared/stores/heard-probes.ts";
import { makeTimedId } from "../../lib/id.ts";

const examples = JSON.parse(
  readFileSync(new URL("../../functions/openapi/examples.json", import.meta.url), "utf8"),
) as Record<string, { reply: { decisionId: string } }>;
const AT = 1_700_000_000_000;

/** As DynamoDB counts it: names and values. docs.aws.amazon.com, "Item sizes and formats" */
const bytesOfItem = (item: ReturnType<typeof documentItem>): number =>
  Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const value = B?.length ?? (N === undefined ? Buffer.byteLength(S ?? "") : Math.ceil(N.length / 2) + 1);
    return sum + name.length + value;
  }, 0);

test.each(["verify", "compare", "identify"])("a stored %s takes less than 1 KB: one unit written", (name) => {
  const reply = examples[name]?.reply;
  const id = makeTimedId("dec", AT, new Uint8Array(10).fill(7));
  const body = { operation: name, at: new Date(AT).toISOString(), uid: `spk_${"w".repeat(26)}`, reply };
  const place = { kind: "decision", owner: `reg_${"k".repeat(26)}`, id } as const;
  const document = { ...place, version: 1, body, at: AT, expiresAt: AT + 90 * 86_400_000 };
  const item = documentItem(document);
  const bytes = bytesOfItem(item);
  console.log(`${name}: ${JSON.stringify(body).length} bytes of JSON, ${bytes} stored`);
  expect(bytes).toBeLessThan(800);
  expect(documentOf(document, item)).toEqual({ ...document, at: undefined });
});

test("the fingerprint of a clip of 10 s takes less than 700 bytes, so 50 of them are read for 9 units", () => {
  const fingerprint = new Uint8Array(501).map((_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) % 256);
  const [registryId, uid] = [`reg_${"k".repeat(26)}`, `spk_${"w".repeat(26)}`] as const;
  const decisionId = makeTimedId("dec", AT, new Uint8Array(10).fill(7));
  const probe = { registryId, uid, decisionId, at: new Date(AT).toISOString(), fingerprint };
  const bytes = bytesOfItem(documentItem(heardProbeDocument({ probe, days: 30 })));
  console.log(`fingerprint: ${bytes} stored`);
  expect(bytes).toBeLessThan(700);
});

test("property: any body is read as it was stored", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ maxLength: 2000 })), (body) => {
      expect(JSON.parse(bodyText(attributes(bodyAttribute(body))))).toEqual(JSON.parse(JSON.stringify(body)));
    }),
    { seed: 20262 },
  );
});

test("reads what was stored before: gzip in `b`, and what this dictionary compressed", () => {
  const json = JSON.stringify({ text: "x".repeat(900) });
  expect(bodyText({ b: { B: gzipSync(json) } })).toBe(json);
  expect(bodyText({ bz: { B: Buffer.from(STORED, "base64") } })).toBe(DECISION);
});

const DECISION =
  '{"operation":"verify","at":"2026-01-02T03:04:05.678Z","reply":{"decision":"accept","speaker":"ann"}}';
const STORED = "I1gUGhjqGhiFGBhbGZhYGZjqmZlbRGErEpHLOkRcJeblAe0AAA==";
