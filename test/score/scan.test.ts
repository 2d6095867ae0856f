import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { scanMatrix } from "../../lib/score/search/scan.ts";
import { SCAN_COMPILER, SCAN_SOURCE, SCAN_WASM } from "../../lib/score/search/scan-wasm.ts";
import { holds, unitVector } from "./arbitraries.ts";

const SCORE = join(import.meta.dirname, "../../lib/score/search");

/** Park and Miller's generator: the same vectors in every run. */
function vectors(count: number, dimension: number): UnitVector[] {
  let state = 20260;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  return Array.from({ length: count }, () => normalize(Array.from({ length: dimension }, next)));
}

function expectSame(found: Float32Array, rows: readonly UnitVector[], probe: UnitVector) {
  expect(found.length).toBe(rows.length);
  for (const [i, row] of rows.entries()) expect(Math.abs(found[i] - cosine(row, probe))).toBeLessThan(1e-5);
}

test("scores every row in order of index", () => {
  const matrix = scanMatrix(2);
  for (const row of [normalize([1, 0]), normalize([0, 1]), normalize([-1, 0])]) matrix.append(row);
  expect([...matrix.dot(normalize([1, 0]))]).toEqual([1, 0, -1]);
  expect(matrix.size).toBe(3);
});

test("the kernel matches the JavaScript loop for any dimension and after growing many times", () => {
  for (const dimension of [1, 3, 16, 17, 192, 256]) {
    const [probe, ...rows] = vectors(2001, dimension);
    const matrix = scanMatrix(dimension);
    for (const [i, row] of rows.entries()) {
      matrix.append(row);
      // Cosines are written after the last row, where the next row will be.
      if (i % 97 === 0) matrix.dot(probe);
    }
    expectSame(matrix.dot(probe), rows, probe);
    expect(matrix.row(1234)).toEqual(Float32Array.from(rows[1234]));
  }
});

test("an empty matrix has no cosines", () => {
  expect(scanMatrix(192).dot(vectors(1, 192)[0]).length).toBe(0);
});

test("two matrices do not share memory", () => {
  const [a, b] = [scanMatrix(4), scanMatrix(4)];
  a.append(normalize([1, 0, 0, 0]));
  b.append(normalize([0, 1, 0, 0]));
  expect([...a.dot(normalize([1, 0, 0, 0]))]).toEqual([1]);
});

test("rejects a missing index and a vector of another dimension", () => {
  const matrix = scanMatrix(3);
  const [row] = vectors(1, 3);
  matrix.append(row);
  for (const index of [-1, 1, 0.5, Number.NaN]) {
    expect(() => matrix.row(index)).toThrow(RangeError);
    expect(() => matrix.replace(index, row)).toThrow(RangeError);
    expect(() => matrix.removeSwap(index)).toThrow(RangeError);
  }
  const [other] = vectors(1, 4);
  expect(() => matrix.append(other)).toThrow(RangeError);
  expect(() => matrix.replace(0, other)).toThrow(RangeError);
  expect(() => matrix.dot(other)).toThrow(RangeError);
  expect(() => scanMatrix(0)).toThrow(RangeError);
  expect(matrix.size).toBe(1);
});

test("property: any sequence of append, replace and removeSwap matches a plain list", () => {
  const dimension = 19;
  const row = unitVector(dimension);
  const step = fc.oneof(
    fc.record({ do: fc.constant("append" as const), row, at: fc.constant(0) }),
    fc.record({ do: fc.constant("replace" as const), row, at: fc.nat() }),
    fc.record({ do: fc.constant("removeSwap" as const), row, at: fc.nat() }),
  );
  holds(
    fc.property(fc.array(step, { maxLength: 60 }), row, (steps, probe) => {
      const matrix = scanMatrix(dimension);
      const list: UnitVector[] = [];
      for (const next of steps) {
        const at = next.at % Math.max(list.length, 1);
        if (next.do === "append") list.push(next.row);
        if (next.do === "append") matrix.append(next.row);
        if (next.do === "append" || list.length === 0) continue;
        if (next.do === "replace") list[at] = next.row;
        if (next.do === "replace") matrix.replace(at, next.row);
        if (next.do === "replace") continue;
        const last = list.pop()!;
        if (at < list.length) list[at] = last;
        matrix.removeSwap(at);
      }
      expect(matrix.size).toBe(list.length);
      for (const [i, held] of list.entries()) expect(matrix.row(i)).toEqual(Float32Array.from(held));
      expectSame(matrix.dot(probe), list, probe);
    }),
  );
});

test("the kernel's bytes are compiled from the current scan.c", () => {
  const source = createHash("sha256")
    .update(readFileSync(join(SCORE, "scan.c")))
    .digest("hex");
  expect(SCAN_SOURCE).toBe(source);
  if (compiler() !== SCAN_COMPILER) {
    // Another compiler produces other bytes, so only the hash of the source can be checked.
    console.info(
      `scan-wasm.ts was built by ${SCAN_COMPILER}, but this machine has ${compiler() ?? "none"}: not rebuilt`,
    );
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "scan-"));
  try {
    execFileSync(join(SCORE, "build-scan.sh"), [join(folder, "scan.wasm")]);
    expect(readFileSync(join(folder, "scan.wasm")).toString("base64")).toBe(SCAN_WASM);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Returns the first line of clang --version, if clang and its WebAssembly linker are installed. */
function compiler(): string | undefined {
  try {
    execFileSync("wasm-ld", ["--version"]);
    return execFileSync("clang", ["--version"], { encoding: "utf8" }).split("\n")[0];
  } catch {
    return undefined;
  }
}
