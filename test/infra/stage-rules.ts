import { ofType, one } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";
import { allRights } from "./statements.ts";

/** Rules for a stage other than production, with no settings. */
export const DEVELOPMENT_RULES: readonly Rule[] = [
  holds("removing the stage deletes everything", ({ app, resources }) => [
    ...(app.removal === "remove" && !app.protect ? [] : [`removal ${app.removal}, protect ${app.protect}`]),
    ...resources.filter(({ retainOnDelete, protect }) => retainOnDelete || protect).map(({ name }) => name),
  ]),
  all("the table is not protected from deletion", (d) => ofType(d, "dynamodb/table"), {
    deletionProtectionEnabled: false,
  }),
  all("logs expire after two weeks", (d) => ofType(d, "cloudwatch/logGroup"), { retentionInDays: 14 }),
  holds("the bucket has no CORS rules", (d) =>
    ofType(d, "s3/bucketCorsConfiguration").map(({ name }) => name),
  ),
  holds("the alarm topic has no subscription", (d) =>
    ofType(d, "sns/topicSubscription").map(({ name }) => name),
  ),
  all("functions reserve no concurrency and are not traced", (d) => ofType(d, "lambda/function"), {
    reservedConcurrentExecutions: undefined,
    tracingConfig: { mode: "PassThrough" },
  }),
];

/** Settings for a restored table and another model in the bundle. */
export const MOVED = { VOICEROLL_EXISTING_TABLE: "restored", VOICEROLL_MODEL: "other" };
export const MOVED_RULES: readonly Rule[] = [
  holds("every function uses the restored table, and no table is created", (d) => {
    const { name } = one(d, "dynamodb/table");
    const rights = allRights(d).filter(({ statement }) =>
      statement.Action.some((action) => /^dynamodb:[GQP]/.test(action)),
    );
    return [
      ...(name === "RestoredTableTable" ? [] : [`${name} is created`]),
      ...rights.flatMap(({ role, statement }) =>
        statement.Resource.filter((arn) => !arn.includes(":table/restored")).map(
          (arn) => `${role} has access to ${arn}`,
        ),
      ),
      ...(rights.length < 5 ? ["too few roles have access to it"] : []),
    ];
  }),
  all("every function loads the other model", (d) => ofType(d, "lambda/function"), {
    "environment.secret.variables.VOICEROLL_MODEL": "./models/other",
    "environment.secret.variables.VOICEROLL_TABLE": "restored",
  }),
  holds("the gallery builder reads the restored table's stream", (d) =>
    ofType(d, "lambda/eventSourceMapping")
      .map((each) => String(at(each, "eventSourceArn")))
      .filter((arn) => arn.includes(":dynamodb:") && !arn.includes("table/restored/stream/")),
  ),
];
