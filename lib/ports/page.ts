/** A place in a list that is ordered by time and then by ID. at: epoch milliseconds */
export type Moment = { at: number; id: string };
