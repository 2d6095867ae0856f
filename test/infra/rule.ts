import { isDeepStrictEqual } from "node:util";
import type { Deployment, Resource } from "./resources.ts";

/** A rule that a deployment must follow. `violations` returns a sentence for each violation. */
export type Rule = { title: string; violations(deployment: Deployment): string[] };

/** Returns the value at a dotted path of a resource's inputs, or undefined. */
export function at(resource: Resource, path: string): unknown {
  let value: unknown = resource.inputs;
  for (const step of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

/** Requires at least one such resource, and these inputs of each. */
export function all(
  title: string,
  which: (deployment: Deployment) => Resource[],
  expected: Readonly<Record<string, unknown>>,
): Rule {
  return {
    title,
    violations(deployment) {
      const resources = which(deployment);
      if (resources.length === 0) return ["no such resource exists"];
      return resources.flatMap((resource) =>
        Object.entries(expected)
          .filter(([path, value]) => !isDeepStrictEqual(at(resource, path), value))
          .map(
            ([path, value]) => `${resource.name}.${path} is ${text(at(resource, path))}, not ${text(value)}`,
          ),
      );
    },
  };
}

/** A rule with its own check, which returns a sentence for each violation. */
export const holds = (title: string, check: (deployment: Deployment) => readonly string[]): Rule => ({
  title,
  violations: (deployment) => [...check(deployment)],
});

const text = (value: unknown): string => JSON.stringify(value) ?? "absent";
