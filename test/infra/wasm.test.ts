import { join } from "node:path";
import { expect, test } from "vitest";
import { assemble, constantOf, KERNELS } from "../../infra/build/build-wasm.ts";

const ROOT = join(import.meta.dirname, "../..");

test.each(KERNELS)("the bytes of %s are assembled from its current source", async (kernel) => {
  const built = await import(join(ROOT, `${kernel}-wasm.ts`));
  expect(built[constantOf(kernel)]).toBe(await assemble(kernel));
});
