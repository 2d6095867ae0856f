/** As `Clock` in lib/ports/world.ts. */
type Time = { now(): Date; steady(): number };

/*
 * Somebody may set the clock while this process runs. Within the process, a jump in either
 * direction then neither deletes anything nor gives a right. Between processes only the time of day
 * is shared, so a process that starts after the jump believes it.
 */

/**
 * The time, in epoch milliseconds, for whatever deletes or frees something when it ends. Setting
 * the clock forward ends nothing early.
 */
export const earliestNow = (clock: Time): number => Math.min(clock.now().getTime(), clock.steady());

/**
 * The time, in epoch milliseconds, for whatever takes a right when it ends. Setting the clock back
 * revives nothing.
 */
export const latestNow = (clock: Time): number => Math.max(clock.now().getTime(), clock.steady());
