import type { Deployment, Resource } from "./resources.ts";
import { ofType } from "./resources.ts";

export type Statement = {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Principal?: Record<string, string[]>;
  Condition?: Record<string, Record<string, string[]>>;
};

/** Returns the statements of a policy, which is JSON text or an object. */
export const statementsOf = (policy: unknown): Statement[] =>
  (typeof policy === "string" ? JSON.parse(policy) : policy).Statement;

/** Returns the inline statements of a role. A separate rule forbids managed policies. */
export function rightsOf(role: Resource): Statement[] {
  const policies = (role.inputs.inlinePolicies ?? []) as { policy: string }[];
  return policies.flatMap(({ policy }) => statementsOf(policy));
}

/** Returns the statements of all roles, each with the name of its role. */
export const allRights = (deployment: Deployment): { role: string; statement: Statement }[] =>
  ofType(deployment, "iam/role").flatMap((role) =>
    rightsOf(role).map((statement) => ({ role: role.name, statement })),
  );
