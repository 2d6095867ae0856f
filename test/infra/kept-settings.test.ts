import { expect, test } from "vitest";
import { withKept } from "../../infra/kept-settings.ts";
import { stageOf } from "../../infra/stage.ts";

const stored = { existingTable: "restored", model: "./models/large", alarmEmail: "ops@example.com" };
const settings = (env: Record<string, string>, before = stored) => {
  const stage = stageOf("production", env);
  const { existingTable, model, alarmEmail } = withKept(stage, before, stage.change);
  return { existingTable, model, alarmEmail };
};

test("a deployment without variables uses the table, the model and the address of the last one", () => {
  expect(settings({})).toEqual(stored);
  expect(settings({ VOICEROLL_EXISTING_TABLE: "restored" })).toEqual(stored);
  expect(settings({}, {} as typeof stored)).toEqual({});
});

test("a deployment that contradicts what the stage uses stops, and says how to change it", () => {
  const wrong = {
    VOICEROLL_EXISTING_TABLE: ["other", "table"],
    VOICEROLL_MODEL: ["small", "model"],
    VOICEROLL_ALARM_EMAIL: ["me@example.com", "email"],
  };
  for (const [variable, [value, name]] of Object.entries(wrong)) {
    expect(() => settings({ [variable]: value })).toThrow(`set VOICEROLL_CHANGE=${name} as well`);
    expect(Object.values(settings({ [variable]: value, VOICEROLL_CHANGE: name })).join()).toContain(value);
  }
});

test("a setting goes away only if its change is asked for", () => {
  expect(settings({ VOICEROLL_CHANGE: "table, email" })).toEqual({ model: "./models/large" });
  expect(() => settings({ VOICEROLL_CHANGE: "tables" })).toThrow("tables is not one of table, model, email");
});
