import { expect, type Locator, type Page } from '@playwright/test';

const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);

/** Goes on by Tab, as somebody without a mouse does, until the focus is there. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target, 'there is one to go to').toHaveCount(1);
  for (let stops = 0; stops < 80 && !(await isFocused(target)); stops++) await page.keyboard.press(key);
  await expect(target, `${key} leads there`).toBeFocused();
}

/** Goes there by Tab and presses it. */
export async function pressByKey(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await tabTo(page, target, key);
  await page.keyboard.press('Enter');
}
