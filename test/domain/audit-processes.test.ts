import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyAudit } from "../../lib/domain/audit/verify.ts";
import { testServices } from "../support/services.ts";
import { restOf, startChild } from "./child.ts";

const CHILD = join(import.meta.dirname, "audit-child.ts");
const EACH = 64;

test("two processes with 64 appends each make one chain, even if one is killed", async () => {
  const { audit, folder, registryId } = await testServices();
  for (const killed of [false, true]) {
    const before = (await audit.head(registryId))?.seq ?? 0;
    const [first, second] = await Promise.all([0, 1].map(() => startChild(CHILD, folder, String(EACH))));
    if (!first || !second) throw new RangeError("no children");
    for (const { process } of [first, second]) process.stdin.write("go\n");
    await first.lines.next();
    if (killed) first.process.kill("SIGKILL");
    const stored = 1 + (await Promise.all([first, second].map(restOf))).flat().length;
    const { entries, broken } = await verifyAudit(audit.every(registryId), { registry: registryId });
    expect(broken).toBeUndefined();
    expect(entries - before).toBeGreaterThanOrEqual(stored);
    if (!killed) expect([stored, entries - before]).toEqual([2 * EACH, 2 * EACH]);
  }
});
