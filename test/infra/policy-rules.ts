import { type Deployment, ofType, one } from "./resources.ts";
import { at, holds, type Rule } from "./rule.ts";
import { allRights, rightsOf, type Statement, statementsOf } from "./statements.ts";

/** Actions allowed on every resource: X-Ray has no resource-level permissions. */
const WITHOUT_RESOURCE = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
const FORBIDDEN_ON_TABLE = new RegExp(
  "^dynamodb:(Scan|PartiQL|Export|Update(Table|Time|Cont)|Delete(Table|Backup)|Create|Restore|" +
    "DescribeTable|BatchWrite)",
);
const TABLE_KEYS = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["R#*", "K#*"] } };
/** Of the admin function: registries, keys and the audit log. */
const ADMIN_KEYS = {
  "ForAllValues:StringLike": {
    "dynamodb:LeadingKeys": ["R##", `R#${"?".repeat(26)}`, "R#*#K", "R#*#A", "K#*"],
  },
};

/** The items of candidate indexes, in every registry. */
const CANDIDATE_KEYS = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["R#*#Y#*"] } };
const SEARCHERS = ["ApiRole", "UploadWorkerRole", "JobWorkerRole", "GalleryBuilderRole"];

/** The permitted object actions of each role, by prefix. A new permission needs a change here. */
const OBJECT_RIGHTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ApiRole: {
    clips: "read pinned write erase",
    uploads: "read write erase",
    cohorts: "read write erase",
    galleries: "read",
    jobs: "write erase",
    templates: "read",
  },
  UploadWorkerRole: {
    clips: "read pinned write erase",
    uploads: "read erase",
    cohorts: "read",
    galleries: "read",
    templates: "read",
  },
  JobWorkerRole: {
    clips: "read pinned write erase",
    uploads: "read erase",
    cohorts: "read write erase",
    galleries: "read",
    jobs: "read write erase",
    templates: "read",
    // Of the setting, for files that jobs read by URI.
    "arn:aws:s3:::recordings/calls/*": "read",
    "arn:aws:s3:::archive/*": "read",
  },
  SweeperRole: {},
  GalleryBuilderRole: { galleries: "read write erase" },
  // A new registry gets a template key.
  AdminRole: { templates: "write" },
  SweepRole: {},
  DueDeliveriesRole: {},
};
/** The roles of the schedules. */
const SCHEDULES = ["SweepRole", "DueDeliveriesRole"];
const RIGHT_OF: Readonly<Record<string, string>> = {
  "s3:GetObject": "read",
  "s3:GetObjectVersion": "pinned",
  "s3:PutObject": "write",
  "s3:DeleteObjectVersion": "erase",
};

const broken = (deployment: Deployment, bad: (statement: Statement) => boolean): string[] =>
  allRights(deployment)
    .filter(({ statement }) => bad(statement))
    .map(
      ({ role, statement }) => `${role}: ${statement.Action.join(", ")} on ${statement.Resource.join(", ")}`,
    );

/** Least privilege, checked for every statement. */
export const POLICY_RULES: readonly Rule[] = [
  holds("no action contains a wildcard", (d) =>
    broken(d, ({ Action }) => Action.some((one) => one.includes("*"))),
  ),
  holds("only X-Ray actions apply to every resource", (d) =>
    broken(
      d,
      ({ Action, Resource }) =>
        Resource.some((one) => one === "*") && Action.some((one) => !WITHOUT_RESOURCE.includes(one)),
    ),
  ),
  holds("roles have no managed policies", (d) =>
    ofType(d, "iam/role")
      .filter(({ inputs }) => ((inputs.managedPolicyArns ?? []) as string[]).length > 0)
      .map(({ name, inputs }) => `${name}: ${inputs.managedPolicyArns}`),
  ),
  holds("only the job worker can put events, on the bus of the setting", (d) =>
    allRights(d)
      .filter(({ statement }) => statement.Action.some((one) => one.startsWith("events:")))
      .filter(
        ({ role, statement }) =>
          role !== "JobWorkerRole" ||
          statement.Action.join() !== "events:PutEvents" ||
          statement.Resource.join() !== "arn:aws:events:eu-central-1:123456789012:event-bus/app",
      )
      .map(
        ({ role, statement }) =>
          `${role}: ${statement.Action.join(", ")} on ${statement.Resource.join(", ")}`,
      ),
  ),
  holds("no role can pass or assume roles, or change policies", (d) =>
    broken(d, ({ Action }) => Action.some((one) => /^(iam|sts):/.test(one))),
  ),
  holds("only Lambda can assume a function's role, and only the scheduler a schedule's", (d) =>
    ofType(d, "iam/role").flatMap(({ name, inputs }) => {
      const service = SCHEDULES.includes(name) ? "scheduler" : "lambda";
      const principals = statementsOf(inputs.assumeRolePolicy).map(({ Principal }) =>
        JSON.stringify(Principal),
      );
      const right = principals.join() === `{"Service":"${service}.amazonaws.com"}`;
      return right ? [] : [`${name}: ${principals}`];
    }),
  ),
  holds("every table permission is limited to the leading keys of registries and API keys", (d) =>
    broken(
      d,
      ({ Action, Resource, Condition }) =>
        Action.some((one) => one.startsWith("dynamodb:")) &&
        Action.join() !== "dynamodb:SearchVectors" &&
        !Resource.every((one) => one.includes("/stream/")) &&
        ![TABLE_KEYS, CANDIDATE_KEYS, ADMIN_KEYS].some(
          (keys) => JSON.stringify(Condition) === JSON.stringify(keys),
        ),
    ),
  ),
  holds("functions that search can search the vector indexes, and nothing else with that action", (d) =>
    allRights(d).flatMap(({ role, statement: { Action, Resource } }) => {
      if (!Action.includes("dynamodb:SearchVectors")) return [];
      const isRight =
        SEARCHERS.includes(role) &&
        Action.length === 1 &&
        Resource.every((one) => /:table\/[\w-]+\/index\/voices-\*$/.test(one));
      return isRight ? [] : [`${role}: ${Action} on ${Resource}`];
    }),
  ),
  holds("no role can scan, export, describe or change the table", (d) =>
    broken(d, ({ Action }) => Action.some((one) => FORBIDDEN_ON_TABLE.test(one))),
  ),
  holds("the gallery builder can only query the table, read items by key and write candidates", (d) =>
    rightsOf(one(d, "iam/role", "GalleryBuilderRole"))
      .filter(({ Resource }) => !Resource.every((one) => one.includes("/stream/")))
      .filter(({ Condition }) => JSON.stringify(Condition) !== JSON.stringify(CANDIDATE_KEYS))
      .flatMap(({ Action }) => Action)
      .filter((action) => /^dynamodb:(?!Query$|BatchGetItem$|SearchVectors$)/.test(action)),
  ),
  holds(
    "the admin function can only query, get and put registries, keys and the audit log, and put objects",
    (d) =>
      rightsOf(one(d, "iam/role", "AdminRole"))
        .filter(({ Action }) => !Action.some((one) => /^(logs|kms|xray):/.test(one)))
        .filter(({ Action }) => Action.join() !== "s3:PutObject")
        .filter(
          ({ Action, Condition }) =>
            Action.join() !== "dynamodb:Query,dynamodb:GetItem,dynamodb:PutItem" ||
            JSON.stringify(Condition) !== JSON.stringify(ADMIN_KEYS),
        )
        .map(({ Action }) => Action.join()),
  ),
  holds("only the gallery builder can do more with candidates than other items: read, put and delete", (d) =>
    allRights(d)
      .filter(({ statement }) => JSON.stringify(statement.Condition) === JSON.stringify(CANDIDATE_KEYS))
      .filter(
        ({ role, statement }) =>
          role !== "GalleryBuilderRole" ||
          statement.Action.join() !== "dynamodb:GetItem,dynamodb:PutItem,dynamodb:DeleteItem",
      )
      .map(({ role, statement }) => `${role}: ${statement.Action}`),
  ),
  holds("object permissions are exactly those of the list, by prefix", objectRights),
  holds("listing the bucket needs a prefix", (d) =>
    broken(d, ({ Action, Condition = {} }) => {
      const prefixes =
        (Condition as Record<string, Record<string, string[]>>).StringLike?.["s3:prefix"] ?? [];
      const bound = prefixes.length > 0 && prefixes.every((one) => /^[a-z]+\/\*$/.test(one));
      return Action.some((one) => one.startsWith("s3:List")) && !bound;
    }),
  ),
  holds("roles can only use Decrypt and GenerateDataKey, on the deployment's key", (d) =>
    broken(
      d,
      ({ Action, Resource }) =>
        Action.some((one) => one.startsWith("kms:")) &&
        (Action.join() !== "kms:Decrypt,kms:GenerateDataKey" ||
          Resource.join() !== at(one(d, "dynamodb/table"), "serverSideEncryption.kmsKeyArn")),
    ),
  ),
  holds("the key policy admits other principals only through DynamoDB", (d) =>
    statementsOf(one(d, "kms/key").inputs.policy)
      .filter(({ Principal }) => JSON.stringify(Principal).includes('"*"'))
      .filter(
        ({ Condition }) =>
          JSON.stringify(Condition) !==
          JSON.stringify({
            StringEquals: {
              "kms:CallerAccount": ["123456789012"],
              "kms:ViaService": ["dynamodb.eu-central-1.amazonaws.com"],
            },
          }),
      )
      .map(({ Sid }) => `${Sid} has no such condition`),
  ),
  holds("only the bucket can send to the upload queue", (d) =>
    ofType(d, "sqs/queuePolicy")
      .flatMap(({ inputs }) => statementsOf(inputs.policy))
      .filter(({ Condition }) => {
        const text = JSON.stringify(Condition ?? {});
        return !text.includes('"aws:SourceArn":["arn:aws:s3:::') || !text.includes('"aws:SourceAccount"');
      })
      .map(({ Action }) => `${Action} without source`),
  ),
  holds("each function can only write its own log", (d) =>
    ofType(d, "iam/role")
      .filter(({ name }) => !SCHEDULES.includes(name))
      .flatMap((role) => {
        const logs = rightsOf(role).filter(({ Action }) => Action.some((one) => one.startsWith("logs:")));
        const own = role.name
          .replace(/Role$/, "")
          .replace(/(?<=[a-z])(?=[A-Z])/g, "-")
          .toLowerCase();
        const right =
          logs.length === 1 &&
          logs[0].Resource.every((one) => one.endsWith(`log-group:/voiceroll/production/${own}:*`));
        return right ? [] : [`${role.name}: ${JSON.stringify(logs)}`];
      }),
  ),
];

function objectRights(deployment: Deployment): string[] {
  return ofType(deployment, "iam/role").flatMap((role) => {
    const found: Record<string, string> = {};
    for (const { Action, Resource } of rightsOf(role)) {
      const rights = Action.filter((one) => one.startsWith("s3:") && !one.startsWith("s3:List"));
      if (rights.length === 0) continue;
      const named = [...new Set(rights.map((one) => RIGHT_OF[one] ?? one))].join(" ");
      for (const resource of Resource)
        found[/:::voiceroll-[^/]+\/(\w+)\/\*$/.exec(resource)?.[1] ?? resource] = named;
    }
    const expected = OBJECT_RIGHTS[role.name];
    return JSON.stringify(found) === JSON.stringify(expected)
      ? []
      : [`${role.name}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
  });
}

const VECTOR_ARN = /^arn:aws:s3vectors:eu-central-1:123456789012:bucket\/voices(\/index\/\*)?$/;
/** What each role can do with the vector bucket of the setting. */
const VECTOR_RIGHTS: Readonly<Record<string, string>> = {
  ApiRole: "QueryVectors GetVectors",
  UploadWorkerRole: "QueryVectors GetVectors",
  JobWorkerRole: "QueryVectors GetVectors",
  GalleryBuilderRole: "CreateIndex PutVectors DeleteVectors GetVectorBucket",
};

/** Of a deployment whose candidate index is `s3vectors:voices`. */
export const VECTOR_RULES: readonly Rule[] = [
  holds("roles have exactly the rights of the list on the vector bucket, and no other index", (d) =>
    ofType(d, "iam/role").flatMap((role) => {
      const found = rightsOf(role).filter(({ Action }) => Action.some((one) => /vectors/i.test(one)));
      const actions = found.flatMap(({ Action }) => Action.map((one) => one.replace("s3vectors:", "")));
      const resources = found.flatMap(({ Resource }) => Resource);
      const isRight =
        actions.join(" ") === (VECTOR_RIGHTS[role.name] ?? "") &&
        resources.every((one) => VECTOR_ARN.test(one));
      return isRight ? [] : [`${role.name}: ${actions.join(" ")} on ${resources.join(", ")}`];
    }),
  ),
];
