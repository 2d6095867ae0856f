/** Texts of another language by the English ones, in which `{}` stands for a value. */
export type Catalog = Readonly<Record<string, string>>;

/** Fewer letters would also match names and IDs. */
const FEWEST_LETTERS = 6;

/**
 * Returns a function that translates a complete English text, or returns undefined if it or a part
 * of it isn't in the catalog. A text can be several sentences, and can start with the name of a
 * file or a line.
 */
export function translator(catalog: Catalog): (text: string) => string | undefined {
  let made: readonly Pattern[] | undefined;
  const patterns = () => {
    made ??= patternsOf(catalog);
    return made;
  };
  const whole = (text: string) => (Object.hasOwn(catalog, text) ? catalog[text] : matched(text));

  function matched(text: string): string | undefined {
    for (const { pattern, template } of patterns()) {
      const [, ...values] = pattern.exec(text) ?? [];
      if (values.length > 0) return filled(template, values.map(valueIn));
    }
    return undefined;
  }

  /** A value can be a text of its own, such as a reason. One word is an ID or a name. */
  const valueIn = (value: string) => (value.includes(" ") ? (translate(value.trim()) ?? value) : value);

  function joined(text: string): string | undefined {
    for (const { index } of text.matchAll(/(?<=[.!?:]) /g)) {
      const first = whole(text.slice(0, index));
      const rest = first && translate(text.slice(index + 1));
      if (rest) return first + rest;
    }
    return undefined;
  }

  function labeled(text: string): string | undefined {
    const [, label, rest = ""] = /^([^\s:][^:]*(?::\d+)?): (.+)$/s.exec(text) ?? [];
    const translated = label && translate(rest);
    return translated ? `${label}：${translated}` : undefined;
  }

  const translate = (text: string): string | undefined => whole(text) ?? joined(text) ?? labeled(text);
  return translate;
}

/** Puts values in the places of a template: `{}` is the next value, `{0}` the first one. */
export function filled(template: string, values: readonly string[]): string {
  let next = 0;
  return template.replace(/\{(\d*)\}/g, (place, at) => values[at === "" ? next++ : Number(at)] ?? place);
}

type Pattern = { pattern: RegExp; template: string };

/** The texts with values. Longer ones come first, so that they win over general ones. */
const patternsOf = (catalog: Catalog): Pattern[] =>
  Object.entries(catalog)
    .filter(([english]) => english.includes("{}"))
    .filter(([english]) => english.replace(/[^a-z]/gi, "").length >= FEWEST_LETTERS)
    .sort(([a], [b]) => b.length - a.length)
    .map(([english, template]) => ({ pattern: patternOf(english), template }));

const patternOf = (english: string): RegExp =>
  new RegExp(`^${english.split("{}").map(escaped).join("(.*?)")}$`, "s");

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
