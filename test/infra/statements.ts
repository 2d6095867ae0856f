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

/** A policy comes as JSON or as an object. */
export const statementsOf = (policy: unknown): Statement[] =>
  (typeof policy === "string" ? JSON.parse(policy) : policy).Statement;

/** What a role may do; managed policies have a rule of their own. */
export function rightsOf(role: Resource): Statement[] {
  const policies = (role.inputs.inlinePolicies ?? []) as { policy: string }[];
  return policies.flatMap(({ policy }) => statementsOf(policy));
}

/** Each role's statements, with the role's name, for rules over all of them. */
export const allRights = (deployment: Deployment): { role: string; statement: Statement }[] =>
  ofType(deployment, "iam/role").flatMap((role) =>
    rightsOf(role).map((statement) => ({ role: role.name, statement })),
  );
