/** The API key stays in this tab: it is never written to a place that outlives it. */
const KEY = "voiceroll-key";

export const storedKey = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;
export const storeKey = (key: string): void => sessionStorage.setItem(KEY, key);
export const forgetKey = (): void => sessionStorage.removeItem(KEY);
