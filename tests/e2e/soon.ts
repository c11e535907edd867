/** For `expect.poll` and `toPass`: most of what is waited for is there within milliseconds, and theirs begin at 100. */
export const SOON = { intervals: [10, 20, 50, 100] };

/** The same, with what is waited for in words. */
export const soon = (message: string) => ({ ...SOON, message });
