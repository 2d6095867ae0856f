/**
 * Fitted by `npm run model:looks` on speakers that the bundled network wasn't trained on.
 *
 * looks           many looks at one turn count like this many decisions about unrelated clips
 * changeLikeness  the last window of a turn, the last two, and so on are another voice's if their
 *                 cosine to what came before is lower
 */
export const FITTED = { looks: 2.9, changeLikeness: [0.514, 0.469, 0.589] } as const;
