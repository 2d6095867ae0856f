import { named } from "../text/text.ts";

type Props = {
  legend: string;
  names: readonly string[];
  /** The prefix of the texts that say what the names mean. */
  prefix: string;
  chosen: readonly string[];
  onChosen(chosen: readonly string[]): void;
};

/** Names of the API to choose from, each with what it means. */
export function CheckList({ legend, names, prefix, chosen, onChosen }: Props) {
  const toggle = (name: string, on: boolean) =>
    onChosen(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  return (
    <fieldset>
      <legend>{legend}</legend>
      {names.map((name) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
          />
          <span>
            <code>{name}</code> <small>{named(prefix, name)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
