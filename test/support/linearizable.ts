/** One operation of a history, with the times of its call and of its return. */
export type Event<Call, Result> = { call: Call; result: Result; calledAt: number; returnedAt: number };

/**
 * Returns the state after the call, or undefined if the call can't have had this result in this
 * state.
 */
export type Step<State, Call, Result> = (state: State, call: Call, result: Result) => State | undefined;

/**
 * Returns true if the operations could have run one after another with these results, each between
 * its call and its return.
 *
 * Source: the search of Wing and Gong (1993), doi:10.1006/jpdc.1993.1015, with Lowe's memory of the
 * visited configurations (2017), doi:10.1002/cpe.3928.
 *
 * history  at most 30 operations
 * initial  the state before the first operation; states are compared as strings
 */
export function linearizable<State extends string, Call, Result>(
  history: readonly Event<Call, Result>[],
  initial: State,
  step: Step<State, Call, Result>,
): boolean {
  if (history.length > 30) throw new RangeError(`a history of ${history.length} operations`);
  const visited = new Set<string>();
  const all = 2 ** history.length - 1;
  const search = (done: number, state: State): boolean => {
    if (done === all) return true;
    const configuration = `${done} ${state}`;
    if (visited.has(configuration)) return false;
    visited.add(configuration);
    const open = history.flatMap((event, i) => (done & (1 << i) ? [] : [{ event, bit: 1 << i }]));
    const firstReturn = Math.min(...open.map(({ event }) => event.returnedAt));
    return open.some(({ event, bit }) => {
      // Another operation returned before this one was called, so it comes first.
      if (event.calledAt > firstReturn) return false;
      const next = step(state, event.call, event.result);
      return next !== undefined && search(done | bit, next);
    });
  };
  return search(0, initial);
}
