/** Width of a text on a terminal: a Chinese character takes two columns. */
export const columnsOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
