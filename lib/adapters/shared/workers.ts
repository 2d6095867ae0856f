/** Tells whether a process that left its name in the store still runs. */
export type Workers = {
  /** The name of this process. No other process ever has the same. */
  own: string;
  /** True only if the process of this name has certainly ended. */
  hasEnded(name: string): boolean;
};
