/**
 * What the page of a problem says. Text between backticks is code.
 *
 * meaning  what is wrong, in one or two sentences
 * remedy   what to do next, in one sentence
 */
export type Help = { meaning: string; remedy: string };
