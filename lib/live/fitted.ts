/**
 * Fitted by `npm run model:looks` on speakers that the bundled network wasn't trained on.
 *
 * looks           many looks at one turn count like this many decisions about unrelated clips
 * changeLikeness  a window of a turn with a lower cosine to what came before is another voice's
 */
export const FITTED = { looks: 2.9, changeLikeness: 0.309 } as const;
