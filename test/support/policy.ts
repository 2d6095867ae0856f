/** What a function's role allows, by the policies in infra/snapshot.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Asked = {
  action: string;
  resource: string;
  /** Keys of the request's context; one that is absent here is absent from the request. */
  context: Readonly<Record<string, readonly string[]>>;
};
type Statement = {
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string[]>>;
};
export type Policy = { allows(asked: Asked): boolean; actions: readonly string[] };

const SNAPSHOT = join(import.meta.dirname, "../../infra/snapshot.json");
type Role = { inputs: { inlinePolicies: { policy: { json: { Statement: Statement[] } } }[] } };

/** role: "ApiRole", "JobWorkerRole", ... Throws RangeError for one that infra/ does not make. */
export function policyOf(role: string): Policy {
  const found = JSON.parse(readFileSync(SNAPSHOT, "utf8"))[`aws:iam/role:Role ${role}`] as Role | undefined;
  if (!found) throw new RangeError(`infra/snapshot.json has no ${role}`);
  const statements = found.inputs.inlinePolicies.flatMap(({ policy }) => policy.json.Statement);
  return {
    actions: [...new Set(statements.flatMap(({ Action }) => Action))],
    allows: (asked) => {
      const meant = statements.filter((one) => applies(one, asked));
      return meant.some(({ Effect }) => Effect === "Allow") && !meant.some(({ Effect }) => Effect === "Deny");
    },
  };
}

const applies = ({ Action, Resource, Condition = {} }: Statement, { action, resource, context }: Asked) =>
  Action.some((pattern) => like(pattern, action)) &&
  Resource.some((pattern) => like(pattern, resource)) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, patterns]) => conditionHolds(operator, patterns, context[key])),
  );

/**
 * The operators that infra/ uses; any other throws RangeError, so that none is taken for held.
 *
 * Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
function conditionHolds(
  operator: string,
  patterns: readonly string[],
  values: readonly string[] | undefined,
): boolean {
  const matched = (value: string) => patterns.some((pattern) => like(pattern, value));
  if (operator === "ForAllValues:StringLike") return (values ?? []).every(matched);
  if (operator === "StringLike") return values?.some(matched) ?? false;
  throw new RangeError(`no rule for the condition ${operator}`);
}

/** `*` matches any text, `?` one character. */
function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}
