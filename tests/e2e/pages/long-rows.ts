import { expect, type Locator } from '@playwright/test';
import { SOON, soon } from '../soon.ts';

/** That a list of any length has only so many rows in the page. */
export async function expectFew(rows: Locator): Promise<void> {
  await expect.poll(() => rows.count(), soon('a window of rows')).toBeLessThan(160);
}

/** Scrolls until the last row that is drawn is the last there is, as somebody who drags the bar to its end does. */
export async function scrollToEnd(rows: Locator): Promise<void> {
  await expect
    .poll(() =>
      rows.last().evaluate((row) => {
        const list = row.closest('table, [role="list"]');
        list?.scrollIntoView({ block: 'end' });
        return row.getBoundingClientRect().bottom - (list?.getBoundingClientRect().bottom ?? 0) > -2;
      }),
      SOON,
    )
    .toBe(true);
}
