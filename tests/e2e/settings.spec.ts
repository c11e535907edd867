import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, TestInfo } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const background = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** The settings file as it is now: a page that goes may not have sent its last change yet. */
const saved = (testInfo: TestInfo) =>
  readFile(join(testInfo.outputPath('home'), 'config/settings.toml'), 'utf8').catch(() => '');

test('the theme follows the system, or the choice', async ({ app, page }, testInfo) => {
  await app.open();
  const light = await background(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background(page);
  expect(dark).not.toBe(light);

  await app.settings.open();
  await app.settings.chooseTheme('Light');
  await expect.poll(() => background(page)).toBe(light);
  await app.settings.chooseTheme('Dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => background(page)).toBe(dark);

  await expect.poll(() => saved(testInfo)).toContain('theme = "dark"');
  await app.open();
  await expect.poll(() => background(page), 'the choice is kept').toBe(dark);
});

test('the time until a value hides is a setting', async ({ app, colleague, page }) => {
  await page.clock.install();
  await colleague.create({ name: 'token', value: 'fake' });
  await app.openList('1 secret');
  await app.settings.open();
  await app.settings.choice('Hide revealed values after').selectOption('15 seconds');
  await app.settings.close();
  await app.catalog.open('token');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake');
  await page.clock.runFor(16_000);
  await expect(app.detail.clearTexts).toHaveCount(0);
});

test('columns can be chosen in the settings too', async ({ app, colleague }) => {
  await colleague.create({ name: 'token' });
  await app.openList('1 secret');
  await app.settings.open();
  await app.settings.toggle('Encryption key');
  await app.settings.close();
  await expect(app.catalog.header('Encryption key')).toBeVisible();
  await expect(app.catalog.row('token')).toContainText('aws/secretsmanager');
});

test('the share of the request quotas is a setting that is kept', async ({ app }, testInfo) => {
  await app.open();
  await app.settings.open();
  const share = app.settings.choice("Maximum share of AWS's request quotas");
  await expect(share.locator('option:checked')).toHaveText('20 %');
  await share.selectOption('50 %');
  await expect.poll(() => saved(testInfo)).toContain('request_share_percent = 50');
  await app.open();
  await app.settings.open();
  await expect(share.locator('option:checked')).toHaveText('50 %');
});

test('panes keep the width that they were given', async ({ app, colleague, page }, testInfo) => {
  await colleague.create({ name: 'a/b' });
  await app.openList('1 secret');
  const line = page.getByRole('separator', { name: 'Width of the side pane' });
  const before = Number(await line.getAttribute('aria-valuenow'));
  await line.focus();
  await page.keyboard.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuenow', String(before + 16));
  await expect.poll(() => saved(testInfo)).toContain(`= ${before + 16}`);
  await app.openList('1 secret');
  await expect(line).toHaveAttribute('aria-valuenow', String(before + 16));
});

test.describe('rotation functions', () => {
  const functions = '[rotation_functions]\nRotateFake = "/bin/fake --flag"\n';
  test.use({ settings: functions });

  test('stand in the settings file, are shown, and stay when something else is changed', async ({ app }, testInfo) => {
    const file = join(testInfo.outputPath('home'), 'config/settings.toml');
    await app.open();
    await app.settings.open();
    await expect(app.settings.functions).toContainText('RotateFake');
    await expect(app.settings.functions).toContainText('/bin/fake --flag');
    await app.settings.chooseTheme('Dark');
    await expect.poll(() => readFile(file, 'utf8')).toContain('theme = "dark"');
    expect(await readFile(file, 'utf8')).toContain('RotateFake = "/bin/fake --flag"');

    await writeFile(file, functions.replace('RotateFake', 'RotateOther'));
    await app.settings.readAgain();
    await expect(app.settings.functions).toContainText('RotateOther');
    await writeFile(file, functions.replace('/bin/fake --flag', "/bin/fake 'open"));
    await app.settings.readAgain();
    await expect(app.toasts.last()).toContainText('a quote is not closed');
  });
});

test.describe('a settings file with comments', () => {
  const mine = [
    '# On the beamer everything is large.',
    "theme = 'light'   # the boss wants it",
    '',
    '# Not longer than a coffee.',
    'hide_after_seconds = 15',
    '',
    '# By age.',
    '[sort] # newest first',
    'column = "last_changed"',
    'descending = true',
    '# The end.',
    '',
  ].join('\n');
  test.use({ settings: mine });

  test('keeps them, its order and its blank lines when something is changed in the window', async ({ app }, testInfo) => {
    const file = join(testInfo.outputPath('home'), 'config/settings.toml');
    await app.open();
    await app.settings.open();
    await app.settings.chooseTheme('Dark');
    const dark = mine.replace("'light'", '"dark"');
    await expect.poll(() => readFile(file, 'utf8')).toBe(dark);
    await app.settings.choice("Maximum share of AWS's request quotas").selectOption('50 %');
    const shared = dark.replace('= 15\n', '= 15\nrequest_share_percent = 50\n');
    await expect.poll(() => readFile(file, 'utf8')).toBe(shared);

    // Somebody changes the file while the window is open.
    await writeFile(file, shared.replace('= 15', '= 90'));
    await app.settings.chooseTheme('Light');
    await expect.poll(() => readFile(file, 'utf8')).toBe(shared.replace('"dark"', '"light"').replace('= 15', '= 90'));
    await expect(app.settings.choice('Hide revealed values after').locator('option:checked')).toHaveText('90 seconds');
  });
});
