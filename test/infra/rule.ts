import { isDeepStrictEqual } from "node:util";
import type { Deployment, Resource } from "./resources.ts";

/** A promise about a deployment. `wrong` gives a sentence for each thing that breaks it. */
export type Rule = { says: string; wrong(deployment: Deployment): string[] };

/** The value at a dotted path of a resource's inputs; undefined where there is none. */
export function at(resource: Resource, path: string): unknown {
  let value: unknown = resource.inputs;
  for (const step of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

/** Every one of these resources has these inputs; there is at least one. */
export function all(
  says: string,
  which: (deployment: Deployment) => Resource[],
  expected: Readonly<Record<string, unknown>>,
): Rule {
  return {
    says,
    wrong(deployment) {
      const resources = which(deployment);
      if (resources.length === 0) return ["there is no such resource"];
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

/** Something that must hold, with a sentence for when it does not. */
export const holds = (says: string, check: (deployment: Deployment) => readonly string[]): Rule => ({
  says,
  wrong: (deployment) => [...check(deployment)],
});

const text = (value: unknown): string => JSON.stringify(value) ?? "absent";
