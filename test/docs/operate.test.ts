import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startTelemetry } from "../../functions/node/telemetry.ts";
import { withParts } from "../bad-input/reference.ts";
import { operateTables } from "./operate-tables.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/operate.md");

test("docs/operate.md has the settings as the program reads them", () => {
  const page = readFileSync(PAGE, "utf8");
  const current = withParts(page, operateTables());
  if (process.env.UPDATE_DOCS === "1") writeFileSync(PAGE, current);
  else expect(page).toBe(current);
});

test("the page and the dashboard name every metric, and no other", async () => {
  const telemetry = await startTelemetry();
  onTestFinished(() => telemetry.close());
  telemetry.observeQueue(() => 0);
  telemetry.delivery({ destination: "bus", state: "failed" });
  telemetry.embedder.started();
  telemetry.embedder.ended(1, 1);
  const line = { method: "POST", route: "/verify", status: 200, durationMs: 1, decision: "accept", bytes: 1 };
  telemetry.request(line as Parameters<typeof telemetry.request>[0]);
  const known = [...(await telemetry.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name).sort();
  const named = (text: string) =>
    [...new Set(text.match(/\b(voiceroll|process|nodejs)_[a-z0-9_]+/g))]
      .map((name) => name.replace(/_bucket$/, ""))
      .sort();
  const page = readFileSync(PAGE, "utf8");
  const rows = page.slice(page.indexOf("| metric |"), page.indexOf("No label names"));
  expect(named(rows)).toEqual(known);
  expect(named(readFileSync(join(ROOT, "infra/server/grafana.json"), "utf8"))).toEqual(known);
});
