import { expect, test } from './fixtures.ts';
import { pressByKey, tabTo } from './pages/keyboard.ts';
import { LockScreen } from './pages/lock-screen.ts';
import { SOON } from './soon.ts';

test.describe(() => {
  test.use({ ownClipboard: true });

  test('everything of a day is done without a mouse', async ({ app, colleague, page, ownDisplay }) => {
    await colleague.create(
      { name: 'a/first', value: { password: 'fake-a' } },
      { name: 'b/second', value: { password: 'fake-b' } },
      { name: 'c/third', value: { password: 'fake-c' } },
    );
    await app.openList('3 secrets');

    await test.step('searched', async () => {
      await page.keyboard.press('/');
      await expect(app.search.input).toBeFocused();
      await page.keyboard.type('name:b');
      await page.keyboard.press('Enter');
      await app.catalog.expectNames('b/second');
      await page.keyboard.press('Backspace');
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      await app.catalog.expectNames('a/first', 'b/second', 'c/third');
    });

    await test.step('opened, read and copied', async () => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await expect(app.catalog.row('a/first')).toBeFocused();
      await page.keyboard.press('ArrowDown');
      await expect(app.catalog.row('b/second')).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(app.detail.name).toHaveText('b/second');

      await tabTo(page, page.getByRole('tab', { name: 'Value' }));
      await page.keyboard.press('ArrowRight');
      await expect(app.detail.versionRows).toHaveCount(1);
      await page.keyboard.press('ArrowLeft');
      await pressByKey(page, app.detail.revealButton);
      await expect(app.detail.clearTexts).toHaveText('fake-b');
      await pressByKey(page, app.detail.copyButton);
      await expect.poll(() => ownDisplay!.clipboard(), SOON).toBe('{"password":"fake-b"}');
    });

    await test.step('edited', async () => {
      const { editor } = app;
      await page.keyboard.press('Control+e');
      await expect(editor.row('password').getByLabel('Key', { exact: true })).toBeFocused();
      await pressByKey(page, editor.row('password').getByTestId('toggle-row'));
      await tabTo(page, editor.value('password'), 'Shift+Tab');
      await page.keyboard.press('Control+A');
      await page.keyboard.type('fake-typed');
      await page.keyboard.press('Control+s');
      await expect(editor.difference('password')).toContainText('changed');
      await pressByKey(page, editor.saveButton);
      await expect(editor.form).toHaveCount(0);
      const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'b/second');
      expect(SecretString).toBe('{"password":"fake-typed"}');
    });

    await test.step('rolled back', async () => {
      const { versions } = app.detail;
      await tabTo(page, page.getByRole('tab', { name: 'Value' }), 'Shift+Tab');
      await page.keyboard.press('ArrowRight');
      await expect(app.detail.versionRows).toHaveCount(2);
      await pressByKey(page, versions.rows.getByTestId('make-current'));
      await expect(versions.plan.dialog).toBeVisible();
      await pressByKey(page, versions.plan.compareButton);
      await expect(versions.plan.difference.row('password')).toContainText('changed');
      await pressByKey(page, versions.plan.confirm);
      await expect(versions.plan.dialog).toHaveCount(0);
      const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'b/second');
      expect(SecretString).toBe('{"password":"fake-b"}');
    });

    await test.step('looked up in the journal, and closed', async () => {
      await page.keyboard.press('Control+j');
      await expect(app.journal.count).toHaveText('2 entries');
      await page.keyboard.press('Escape');
      await expect(app.journal.dialog).toHaveCount(0);
      await page.keyboard.press('Escape');
      await expect(app.detail.pane).toHaveCount(0);
      await expect(app.catalog.row('b/second')).toBeFocused();
    });

    await test.step('created, and locked', async () => {
      const { dialog, name, submit } = app.createSecret;
      await page.keyboard.press('Control+n');
      await expect(name).toBeFocused();
      await page.keyboard.type('d/fourth');
      const row = dialog.getByTestId('field-row').first();
      await tabTo(page, row.getByLabel('Key', { exact: true }));
      await page.keyboard.type('token');
      await tabTo(page, row.getByLabel('Value', { exact: true }));
      await page.keyboard.type('fake-d');
      await pressByKey(page, submit);
      await expect(app.detail.name).toHaveText('d/fourth');
      const { SecretString } = await colleague.aws('get-secret-value', '--secret-id', 'd/fourth');
      expect(SecretString).toBe('{"token":"fake-d"}');
      const lock = new LockScreen(page);
      await lock.lock();
      await expect(lock.screen).toBeVisible();
      await tabTo(page, lock.openButton);
      await page.keyboard.press('Enter');
      await expect(app.catalog.count).toHaveText('4 secrets');
    });
  });
});

test('the question mark lists the keys, and Esc closes what is on top', async ({ app, page }) => {
  await app.open();
  await page.keyboard.press('?');
  const keys = app.dialog('Help');
  await expect(keys).toContainText('Go to the search box');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
});

for (const [key, title] of [
  ['Control+n', 'Create secret'],
  ['Control+o', 'Open secret'],
  ['Control+,', 'Settings'],
] as const) {
  test(`${key} opens ${title}, which keeps the focus inside and gives it back`, async ({ app, page }) => {
    await app.open();
    await tabTo(page, app.refreshButton);
    await page.keyboard.press(key);
    const dialog = app.dialog(title);
    await expect(dialog).toBeVisible();
    const stops = new Set<string>();
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let stop = 0; stop < 40; stop++) {
        await page.keyboard.press(key);
        const [isInside, at] = await dialog.evaluate((dialog) => {
          const focused = document.activeElement!;
          return [dialog.contains(focused), Array.from(dialog.querySelectorAll('*')).indexOf(focused)] as const;
        });
        expect(isInside, `${key} stays inside`).toBe(true);
        stops.add(`${at}`);
      }
    }
    expect(stops.size, 'and goes on there').toBeGreaterThan(2);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(app.refreshButton).toBeFocused();
  });
}

test('the tree is walked with the arrows', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'prod/a/x' }, { name: 'prod/b/y' }, { name: 'staging/z' });
  await app.openList('3 secrets');
  await tabTo(page, app.treeLine('prod/'));
  await page.keyboard.press('ArrowRight');
  await expect(app.treeLine('prod/a/')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(app.treeLine('prod/a/')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await app.catalog.expectNames('prod/b/y');
  await page.keyboard.press('ArrowLeft');
  await expect(app.treeLine('prod/')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(app.treeLine('prod/a/')).toHaveCount(0);
});
