import { expect, test } from './fixtures.ts';

test('everything of a day is done without a mouse', async ({ desk, colleague, page }) => {
  await colleague.create(
    { name: 'a/first', value: { password: 'fake-a' } },
    { name: 'b/second', value: { password: 'fake-b' } },
    { name: 'c/third', value: { password: 'fake-c' } },
  );
  await desk.openList('3 secrets');

  await page.keyboard.press('/');
  await expect(desk.search.input).toBeFocused();
  await page.keyboard.type('name:b');
  await page.keyboard.press('Enter');
  await desk.catalog.expectNames('b/second');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await desk.catalog.expectNames('a/first', 'b/second', 'c/third');

  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(desk.catalog.row('a/first')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(desk.catalog.row('b/second')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(desk.detail.name).toHaveText('b/second');

  await desk.page.getByRole('tab', { name: 'Value' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(desk.detail.versionRows).toHaveCount(1);
  await page.keyboard.press('ArrowLeft');
  await desk.detail.revealButton.focus();
  await page.keyboard.press('Enter');
  await expect(desk.detail.clearTexts).toHaveText('fake-b');
  await page.keyboard.press('Escape');
  await expect(desk.detail.pane).toHaveCount(0);
  await expect(desk.catalog.row('b/second')).toBeFocused();
});

test('the question mark lists the keys, and Esc closes what is on top', async ({ desk, page }) => {
  await desk.open();
  await page.keyboard.press('?');
  const keys = desk.dialog('Help');
  await expect(keys).toContainText('Go to the search box');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
});

for (const [key, title] of [
  ['Control+n', 'Create secret'],
  ['Control+o', 'Open secret'],
  ['Control+,', 'Settings'],
] as const) {
  test(`${key} opens ${title}, which keeps the focus inside and gives it back`, async ({ desk, page }) => {
    await desk.open();
    await desk.refreshButton.focus();
    await page.keyboard.press(key);
    const dialog = desk.dialog(title);
    await expect(dialog).toBeVisible();
    for (let stop = 0; stop < 40; stop++) {
      await page.keyboard.press('Tab');
      expect(await dialog.evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true);
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(desk.refreshButton).toBeFocused();
  });
}

test('the tree is walked with the arrows', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'prod/a/x' }, { name: 'prod/b/y' }, { name: 'staging/z' });
  await desk.openList('3 secrets');
  await desk.treeLine('prod/').focus();
  await page.keyboard.press('ArrowRight');
  await expect(desk.treeLine('prod/a/')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(desk.treeLine('prod/a/')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await desk.catalog.expectNames('prod/b/y');
  await page.keyboard.press('ArrowLeft');
  await expect(desk.treeLine('prod/')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(desk.treeLine('prod/a/')).toHaveCount(0);
});
