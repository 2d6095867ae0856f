import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Problem } from "../api/client.ts";

export type Loaded<T> = { value: T | undefined; problem: Problem | undefined; reload(): void };

/** Loads a value when one of `inputs` changes. An older load never replaces a newer one. */
export function useLoad<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<Problem>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let latest = true;
    load().then(
      (loaded) => {
        if (!latest) return;
        setValue(() => loaded);
        setProblem(undefined);
      },
      (error) => latest && setProblem(problemFrom(error)),
    );
    return () => {
      latest = false;
    };
  }, [...inputs, round]);
  return { value, problem, reload: useCallback(() => setRound((one) => one + 1), []) };
}

export type Action = {
  busy: boolean;
  problem: Problem | undefined;
  /** Runs the action unless one is running already. */
  run(action: () => Promise<void>): Promise<void>;
  /** Runs the action even if one is running, whose problem is then ignored. */
  restart(action: () => Promise<void>): Promise<void>;
  clear(): void;
};

/** What a person does on a page, such as sending a clip: whether it is running, and what failed. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const latest = useRef(0);
  const restart = async (action: () => Promise<void>) => {
    latest.current += 1;
    const mine = latest.current;
    setBusy(true);
    setProblem(undefined);
    const failure = await action().then(() => undefined, problemFrom);
    if (mine !== latest.current) return;
    setProblem(failure);
    setBusy(false);
  };
  const run = async (action: () => Promise<void>) => {
    if (!busy) await restart(action);
  };
  return { busy, problem, run, restart, clear: () => setProblem(undefined) };
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { slug: "console", status: 0, title: "", detail };
}
