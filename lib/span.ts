import { AsyncLocalStorage } from "node:async_hooks";

/**
 * A piece of work that is measured for a trace. Names and attributes never contain IDs of speakers,
 * names, URLs or audio: traces leave the machine.
 */
export type Span = {
  /** Starts a span for a part of this work. */
  part(name: string): Span;
  set(attributes: Readonly<Record<string, string | number>>): void;
  /** Ends the span. error: what the work failed with. Only its kind is recorded, no message. */
  end(error?: unknown): void;
};

const current = new AsyncLocalStorage<Span>();

/** Runs `work` so that its parts belong to the span. Undefined: nothing is measured. */
export const inSpan = <T>(span: Span | undefined, work: () => T): T =>
  span ? current.run(span, work) : work();

/** The span of the request or background task that this is done for. Undefined: tracing is off. */
export const currentSpan = (): Span | undefined => current.getStore();

/** Runs `work` as a part of the current span. */
export async function measured<T>(name: string, work: () => Promise<T>): Promise<T> {
  const span = currentSpan()?.part(name);
  try {
    const result = await inSpan(span, work);
    span?.end();
    return result;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}

/**
 * Measures work that first waits in a queue: the wait and the work are parts of the current span.
 */
export function queuedPart(name: string): { started(): void; ended(error?: unknown): void } {
  const span = currentSpan();
  let part = span?.part(`${name} queue`);
  return {
    started() {
      part?.end();
      part = span?.part(name);
    },
    ended: (error) => part?.end(error),
  };
}
