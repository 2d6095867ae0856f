import type { JSX } from "preact";
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
