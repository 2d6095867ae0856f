/** The same answer without the work where the name was asked for before: a list names each clip many times. */
export function oncePer<Answer>(answer: (name: string) => Answer): (name: string) => Answer {
  const known = new Map<string, { answer: Answer }>();
  return (name) => {
    const found = known.get(name) ?? { answer: answer(name) };
    known.set(name, found);
    return found.answer;
  };
}
