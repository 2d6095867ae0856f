/** Whether a text is the origin of a web page, as browsers send it: `https://app.example.com`. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

/** Whether a text is an origin, or `*` for all of them. */
export const isOriginOrAll = (text: string): boolean => text === "*" || isOrigin(text);

/** The parts of a list that is separated by commas. */
export const listed = (text: string): string[] => text.split(",").map((one) => one.trim());
