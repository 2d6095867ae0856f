import type { Stage } from "./stage.ts";

/**
 * Settings that a stage keeps from one deployment to the next, in a parameter of the account. A
 * deployment that leaves out their variables uses the stored ones: without its table, a stage would
 * answer from an empty one.
 */
export const KEPT = ["existingTable", "model", "alarmEmail"] as const;
type Key = (typeof KEPT)[number];
export type KeptSettings = Partial<Record<Key, string>>;

const VARIABLES: Readonly<Record<Key, { name: string; variable: string; none: string }>> = {
  existingTable: { name: "table", variable: "VOICEROLL_EXISTING_TABLE", none: "its own table" },
  model: { name: "model", variable: "VOICEROLL_MODEL", none: "the bundled model" },
  alarmEmail: { name: "email", variable: "VOICEROLL_ALARM_EMAIL", none: "no alarm email" },
};

/** The parameter of a stage. */
export const keptIn = (stage: Pick<Stage, "name">): string => `/voiceroll/${stage.name}/settings`;

/**
 * Completes a stage's settings by the stored ones.
 *
 * change  names of settings that may differ from the stored ones (VOICEROLL_CHANGE): `table`,
 *         `model`, `email`. Such a setting is the variable's, or none if that isn't set
 * throws  RangeError, with what to do, if a variable contradicts a stored setting
 */
export function withKept(stage: Stage, stored: KeptSettings, change: readonly string[]): Stage {
  const names = KEPT.map((key) => VARIABLES[key].name);
  const unknown = change.filter((one) => !names.includes(one));
  if (unknown.length > 0)
    throw new RangeError(`VOICEROLL_CHANGE: ${unknown.join(", ")} is not one of ${names.join(", ")}.`);
  const completed = { ...stage };
  for (const key of KEPT) {
    const { name, variable, none } = VARIABLES[key];
    const [before, now] = [stored[key], stage[key]];
    if (change.includes(name)) continue;
    if (before !== undefined && now !== undefined && before !== now)
      throw new RangeError(
        `${variable} is ${now}, but the stage ${stage.name} uses ${before}. Leave the variable out, or, to ` +
          `change the stage, set VOICEROLL_CHANGE=${name} as well (without ${variable}: ${none}).`,
      );
    completed[key] = now ?? before;
  }
  return completed;
}
