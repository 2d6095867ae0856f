import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Key, t } from "../text/text.ts";

type Common<Value> = { name: string; value: Value; onValue(value: Value): void };

const label = (name: string): string => t(`setting.${name}` as Key);

export function YesNo({ name, value, onValue }: Common<boolean>): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value}
        onChange={({ currentTarget }) => onValue(currentTarget.checked)}
      />
      <span>{label(name)}</span>
    </label>
  );
}

type NumberProps = Common<number | null> & {
  least: number;
  most: number;
  step?: string;
  /** What an empty field means. Without it the field can't be empty. */
  empty?: Key;
};

export function NumberSetting({
  name,
  value,
  least,
  most,
  step = "1",
  empty,
  onValue,
}: NumberProps): JSX.Element {
  return (
    <label class="field">
      <span>{label(name)}</span>
      <input
        type="number"
        min={least}
        max={most}
        step={step}
        value={value ?? ""}
        placeholder={empty && t(empty)}
        required={empty === undefined}
        onInput={({ currentTarget }) =>
          onValue(currentTarget.value === "" ? null : Number(currentTarget.value))
        }
      />
    </label>
  );
}

type LinesProps = Common<readonly string[] | null> & {
  /** What an empty field means. */
  empty: Key;
};

/** A list, with one entry on each line. */
export function LinesSetting({ name, value, empty, onValue }: LinesProps): JSX.Element {
  const [text, setText] = useState((value ?? []).join("\n"));
  const change = (changed: string) => {
    setText(changed);
    const lines = changed.split(/\s+/).filter((line) => line !== "");
    onValue(lines.length === 0 ? null : lines);
  };
  return (
    <label class="field">
      <span>{label(name)}</span>
      <textarea
        rows={3}
        value={text}
        placeholder={t(empty)}
        spellcheck={false}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
    </label>
  );
}

type ChoiceProps<Value extends string> = Common<Value> & { options: readonly Value[] };

export function Choice<Value extends string>({
  name,
  value,
  options,
  onValue,
}: ChoiceProps<Value>): JSX.Element {
  return (
    <label class="field">
      <span>{label(name)}</span>
      <select value={value} onChange={({ currentTarget }) => onValue(currentTarget.value as Value)}>
        {options.map((one) => (
          <option key={one} value={one}>
            {t(`setting.${name}.${one}` as Key)}
          </option>
        ))}
      </select>
    </label>
  );
}
