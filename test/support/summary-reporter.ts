import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line, "N passed, N failed, N skipped", that scripts can read. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state !== "pending") count[state]++;
      }
    }
    for (const line of leftOut(modules)) process.stdout.write(`\nleft out: ${line}`);
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

/** What a project could not test on this machine, where tests of its were to run. */
function leftOut(modules: readonly TestModule[]): readonly string[] {
  const lines = modules.flatMap(({ project }) => project.getProvidedContext().leftOut ?? []);
  return [...new Set(lines)];
}
