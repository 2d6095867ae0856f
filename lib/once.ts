/**
 * Returns a function that calls `load` the first time and resolves to its result every time. A
 * rejection is kept too: what can't be loaded now can't be loaded later either.
 */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

type AsyncMethods<T> = { [K in keyof T]: (...given: never[]) => Promise<unknown> };

/**
 * Returns an object with these methods, which `load` provides at the first call of one of them. A
 * process that never calls one doesn't load their code.
 */
export function deferred<T extends AsyncMethods<T>>(
  load: () => Promise<T>,
  methods: { [K in keyof T]-?: true },
): T {
  const names = Object.keys(methods) as (keyof T)[];
  const call =
    (name: keyof T) =>
    async (...given: never[]) =>
      (await load())[name](...given);
  return Object.fromEntries(names.map((name) => [name, call(name)])) as T;
}
