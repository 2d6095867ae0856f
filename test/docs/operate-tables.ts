/* Generates the tables of docs/operate.md from the schemas that read the settings. */
import type * as z from "zod";
import { ServerSettings } from "../../functions/node/settings.ts";
import { AwsSettings } from "../../lib/adapters/aws/environment.ts";
import { RegistryLine } from "../../lib/transfer/registry-format.ts";

type Shape = Readonly<Record<string, z.ZodType>>;

/** Returns each generated part of the page by name, as Markdown. */
export const operateTables = (): ReadonlyMap<string, string> =>
  new Map([
    ["server", variables(ServerSettings.shape)],
    ["aws", variables(AwsSettings.shape)],
    [
      "registry",
      table(["setting", "option of `voiceroll registry set`"], settings(RegistryLine.shape.settings.shape)),
    ],
  ]);

function variables(shape: Shape): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined);
    const byDefault = !parsed.success
      ? "required"
      : parsed.data === undefined
        ? "not set"
        : `\`${parsed.data}\``;
    return [`\`${name}\``, meaning(name, schema), byDefault];
  });
  return table(["variable", "meaning", "default"], rows);
}

/** A setting with settings of its own gets a row for each of these. */
const settings = (shape: Shape, prefix = ""): string[][] =>
  Object.entries(shape).flatMap(([name, schema]) => {
    const inner = innerShape(schema);
    if (inner) return settings(inner, `${name}.`);
    return [[`\`${prefix}${name}\``, meaning(name, schema)]];
  });

function innerShape(schema: z.ZodType): Shape | undefined {
  const { type, innerType, shape } = schema.def as { type: string; innerType?: z.ZodType; shape?: Shape };
  if (type === "object") return shape;
  return innerType && innerShape(innerType);
}

function meaning(name: string, schema: z.ZodType): string {
  const text = described(schema);
  if (text === undefined)
    throw new RangeError(`${name} has no description. Add .describe(...) to its schema.`);
  return text;
}

/** `.partial()` puts a wrapper without a description around each field. */
function described(schema: z.ZodType): string | undefined {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return schema.description ?? (innerType && described(innerType));
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
