import { ofType, one } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";
import { allRights } from "./statements.ts";

/** A stage that is not production and of which the operator set nothing. */
export const DEVELOPMENT_RULES: readonly Rule[] = [
  holds("it can be removed without a trace", ({ app, resources }) => [
    ...(app.removal === "remove" && !app.protect ? [] : [`removal ${app.removal}, protect ${app.protect}`]),
    ...resources.filter(({ retainOnDelete, protect }) => retainOnDelete || protect).map(({ name }) => name),
  ]),
  all("its table can be deleted and its bucket emptied", (d) => ofType(d, "dynamodb/table"), {
    deletionProtectionEnabled: false,
  }),
  all("its logs end after two weeks", (d) => ofType(d, "cloudwatch/logGroup"), { retentionInDays: 14 }),
  holds("no page of any origin reaches the bucket", (d) =>
    ofType(d, "s3/bucketCorsConfiguration").map(({ name }) => name),
  ),
  holds("nobody is mailed", (d) => ofType(d, "sns/topicSubscription").map(({ name }) => name)),
  all("it takes nothing from the account's concurrency", (d) => ofType(d, "lambda/function"), {
    reservedConcurrentExecutions: undefined,
    tracingConfig: { mode: "PassThrough" },
  }),
];

/** What an operator sets who has restored a backup, and put another model into the bundle. */
export const MOVED = { VOICEROLL_EXISTING_TABLE: "restored", VOICEROLL_MODEL: "./models/other" };
export const MOVED_RULES: readonly Rule[] = [
  holds("every function works on the restored table, and no table is made", (d) => {
    const { name } = one(d, "dynamodb/table");
    const rights = allRights(d).filter(({ statement }) =>
      statement.Action.some((action) => /^dynamodb:[GQP]/.test(action)),
    );
    return [
      ...(name === "RestoredTableTable" ? [] : [`${name} is made`]),
      ...rights.flatMap(({ role, statement }) =>
        statement.Resource.filter((arn) => !arn.includes(":table/restored")).map(
          (arn) => `${role} has ${arn}`,
        ),
      ),
      ...(rights.length < 5 ? ["there are too few rights on it"] : []),
    ];
  }),
  all("every function opens the other model", (d) => ofType(d, "lambda/function"), {
    "environment.secret.variables.VOICEROLL_MODEL": "./models/other",
    "environment.secret.variables.VOICEROLL_TABLE": "restored",
  }),
  holds("the gallery builder follows the restored table's stream", (d) =>
    ofType(d, "lambda/eventSourceMapping")
      .map((each) => String(at(each, "eventSourceArn")))
      .filter((arn) => arn.includes(":dynamodb:") && !arn.includes("table/restored/stream/")),
  ),
];
