import type { Written } from './colleague.ts';
import { expect, test } from './fixtures.ts';
import { tabTo } from './pages/keyboard.ts';
import { SOON, soon } from './soon.ts';

const SOME: Written[] = [
  { name: 'prod/payments/db', description: 'Main database', tags: { team: 'payments' } },
  { name: 'prod/payments/stripe' },
  { name: 'prod/web/session' },
  { name: 'staging/payments/db' },
  { name: 'zebra' },
];
const NAMES = SOME.map((secret) => secret.name);

test('the list shows what is there, sorted by name', async ({ app, colleague }) => {
  await colleague.create(...[...SOME].reverse());
  await app.openList('5 secrets');
  await app.catalog.expectNames(...NAMES);
  await expect(app.statusBar).toContainText('5 secrets');
  await expect(app.catalog.row('prod/payments/db')).toContainText('team');
});

test('a column is sorted by a press on its header, and back by a second one', async ({ app, colleague }) => {
  await colleague.create(...SOME);
  await app.openList('5 secrets');
  await app.catalog.sortBy('Name');
  await app.catalog.expectNames(...[...NAMES].reverse());
  await expect(app.catalog.header('Name')).toHaveAttribute('aria-sort', 'descending');
  await app.catalog.sortBy('Name');
  await app.catalog.expectNames(...NAMES);

  // In the middle by its name, so that a list in the order of names is not taken for one by date.
  await colleague.aws('put-secret-value', '--secret-id', 'prod/web/session', '--secret-string', 'fake-2');
  await app.refreshButton.click();
  await app.catalog.sortBy('Last changed');
  // The first press on a date shows the newest or the oldest; either way the one that was changed is at an end.
  const isDescending = (await app.catalog.header('Last changed').getAttribute('aria-sort')) === 'descending';
  await expect.poll(async () => (await app.catalog.names()).at(isDescending ? 0 : -1), SOON).toBe('prod/web/session');
  await app.catalog.sortBy('Last changed');
  await expect.poll(async () => (await app.catalog.names()).at(isDescending ? -1 : 0), soon('and back')).toBe('prod/web/session');
});

test('columns are chosen and stay chosen', async ({ app, colleague }) => {
  await colleague.create(...SOME);
  await app.openList('5 secrets');
  await expect(app.catalog.header('Description')).toHaveCount(0);
  await app.catalog.toggleColumn('Description');
  await expect(app.catalog.header('Description')).toBeVisible();
  await expect(app.catalog.row('prod/payments/db')).toContainText('Main database');
  await app.catalog.toggleColumn('Tags');
  await expect(app.catalog.header('Tags')).toHaveCount(0);

  await app.openList('5 secrets');
  await expect(app.catalog.header('Description')).toBeVisible();
  await expect(app.catalog.header('Tags')).toHaveCount(0);
});

test('the tree leads below a prefix and back', async ({ app, colleague }) => {
  await colleague.create(...SOME);
  await app.openList('5 secrets');
  await expect(app.treeLine('prod/')).toContainText('3');
  await app.treeLine('prod/').click();
  await app.catalog.expectNames('prod/payments/db', 'prod/payments/stripe', 'prod/web/session');
  await expect(app.catalog.title).toHaveText('prod/');

  await app.treeLine('prod/').press('ArrowRight');
  await app.treeLine('prod/payments/').click();
  await app.catalog.expectNames('prod/payments/db', 'prod/payments/stripe');

  await app.page.getByRole('button', { name: 'Show all prefixes' }).click();
  await app.catalog.expectNames(...NAMES);
});

test('secrets that wait for their deletion are shown on request', async ({ app, colleague }) => {
  await colleague.create(...SOME);
  await colleague.aws('delete-secret', '--secret-id', 'zebra', '--recovery-window-in-days', '7');
  await app.openList('4 secrets');
  await app.catalog.expectNames(...NAMES.slice(0, 4));

  await app.catalog.pendingSwitch.click();
  await app.catalog.expectNames(...NAMES);
  await expect(app.catalog.row('zebra')).toContainText('Pending deletion');

  await app.sidebar.getByTestId('shelf-pending-deletion').click();
  await app.catalog.expectNames('zebra');
  await app.catalog.open('zebra');
  await expect(app.detail.pane.getByTestId('banner-deleted')).toBeVisible();
  await expect(app.detail.value).toContainText('The value cannot be read');
});

test('F5 shows what others wrote', async ({ app, colleague }) => {
  await colleague.create({ name: 'first' });
  await app.openList('1 secret');
  await colleague.aws('create-secret', '--name', 'second', '--secret-string', 'fake');
  await colleague.aws('delete-secret', '--secret-id', 'first', '--force-delete-without-recovery');
  await app.page.keyboard.press('F5');
  await app.catalog.expectNames('second');
});

test('a list that becomes empty under the keyboard leaves the window alive', async ({ app, colleague, page }) => {
  await colleague.create(...SOME);
  await app.openList('5 secrets');
  await tabTo(page, app.catalog.row('prod/payments/db'));
  // What waits for the next frame comes only after the list has left the page.
  await page.evaluate(() => {
    const held: FrameRequestCallback[] = [];
    window.requestAnimationFrame = (call) => held.push(call);
    Object.assign(window, { release: () => held.map((call) => call(0)).length });
  });
  const forget = (name: string) => colleague.aws('delete-secret', '--secret-id', name);
  for (const name of ['staging/payments/db', 'zebra']) await forget(name);
  await page.keyboard.press('F5');
  await expect(app.catalog.count).toHaveText('3 secrets');
  for (const name of NAMES.slice(0, 3)) await forget(name);
  await page.keyboard.press('F5');
  await expect(app.catalog.rows).toHaveCount(0);
  const released = await page.evaluate(() => (window as unknown as { release: () => number }).release());
  expect(released, 'something waited').toBeGreaterThan(0);
  await page.keyboard.press('/');
  await expect(app.search.input).toBeFocused();
});

test('of more than a thousand secrets only the rows in view are in the page', async ({ app, colleague }) => {
  const many = Array.from({ length: 1_200 }, (_, at) => ({ name: `many/${String(at).padStart(4, '0')}` }));
  await colleague.create(...many);
  await app.openList('1,200 secrets');
  await expect(app.catalog.row('many/0000')).toBeVisible();
  expect(await app.catalog.rows.count()).toBeLessThan(60);

  await tabTo(app.page, app.catalog.row('many/0000'));
  await app.page.keyboard.press('End');
  await expect(app.catalog.row('many/1199')).toBeFocused();
  expect(await app.catalog.rows.count()).toBeLessThan(60);
  await expect(app.catalog.grid).toHaveAttribute('aria-rowcount', '1201');

  await app.search.type('name:many/11');
  await expect(app.catalog.count).toHaveText('100 secrets');
  await expect(app.catalog.row('many/1100')).toBeVisible();
});

test('Regions of the vault are looked at one by one', async ({ app, colleague }) => {
  await colleague.create({ name: 'in-virginia' });
  await colleague.aws('create-secret', '--region', 'eu-central-1', '--name', 'in-frankfurt', '--secret-string', 'fake');
  await app.openList('1 secret');
  await app.catalog.expectNames('in-virginia');
  await app.region.selectOption('eu-central-1');
  await app.catalog.expectNames('in-frankfurt');
  await app.catalog.open('in-frankfurt');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake');
});
