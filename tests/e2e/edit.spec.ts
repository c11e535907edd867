// The value editor: every way to change a value, each seen by another client byte for byte.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';
import { expectFew, scrollToEnd } from './pages/long-rows.ts';
import { pressByKey, tabTo } from './pages/keyboard.ts';
import { SOON } from './soon.ts';

const VALUE = '{\n  "username": "ops",\n  "password" : "fake-old",\n  "port": 5432.00,\n  "db": {"hosts": ["a", "b"]}\n}\n';

const stored = async (colleague: Colleague, name: string): Promise<string> =>
  (await colleague.aws('get-secret-value', '--secret-id', name)).SecretString;

async function openToEdit(app: App, colleague: Colleague, value: string | object = VALUE): Promise<void> {
  await colleague.create({ name: 'app/db', value });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
}

test('a key is edited, and every other byte stays', async ({ app, colleague, page }) => {
  await openToEdit(app, colleague);
  await expect(app.editor.rows).toHaveCount(4);
  expect(await page.content(), 'the editor begins masked').not.toContain('fake-old');
  await app.editor.type('password', 'fake-new');
  await app.editor.type('port', '5433');
  await expectAccessible(app);
  await app.editor.save();
  await expect(app.toasts).toContainText('Saved app/db.');
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('fake-old', 'fake-new').replace('5432.00', '5433'));
  expect(await page.content(), 'nothing of it stays').not.toContain('fake-new');
});

test('a number stays a number until it is made a text', async ({ app, colleague }) => {
  await openToEdit(app, colleague);
  await app.editor.type('port', '54x');
  await expect(app.editor.row('port').getByRole('alert')).toContainText('not a number');
  await app.page.getByTestId('review-value').click();
  await expect(app.editor.errorPanel).toContainText('The row port cannot be saved as it is. Fix it first');
  const raw = app.editor.form.getByRole('radio', { name: 'Raw text' });
  await expect(raw, 'there nobody would see the row').toBeDisabled();
  await expect(app.editor.form).toContainText('not updated until the row port');
  await app.editor.value('port').fill('543');
  await expect(app.editor.errorPanel, 'what is fixed is not told any more').toHaveCount(0);
  await expect(raw).toBeEnabled();
  await app.editor.value('port').fill('54x');
  await app.editor.choose('port', 'Make it a string');
  await app.editor.save();
  expect(JSON.parse(await stored(colleague, 'app/db')).port).toBe('54x');
});

test('keys are added, renamed, deleted and put in another order', async ({ app, colleague, page }) => {
  await openToEdit(app, colleague, '{"a":1,"b":"fake-b","c":null}');
  await app.editor.add('d', 'fake-d');
  await app.editor.rename('b', 'beta');
  await app.editor.choose('c', 'Delete');
  await app.editor.choose('d', 'Move up');
  await expect.poll(() => app.editor.keys(), SOON).toEqual(['a', 'd', 'beta']);
  await app.editor.row('beta').getByLabel('Key', { exact: true }).press('Alt+ArrowUp');
  await expect.poll(() => app.editor.keys(), SOON).toEqual(['a', 'beta', 'd']);
  await expect(app.editor.row('beta').getByLabel('Key', { exact: true }), 'the focus goes along').toBeFocused();
  await app.editor.rename('d', 'a');
  await expect(app.editor.rows.nth(2).getByRole('alert')).toContainText('already there');
  await app.editor.rows.nth(2).getByLabel('Key', { exact: true }).fill('d');
  await page.keyboard.press('Control+s');
  await expect(app.editor.differences).toHaveCount(4);
  await expect(app.editor.difference('beta')).toContainText('added');
  await expect(app.editor.difference('c')).toContainText('removed');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('{"a":1,"beta":"fake-b","d":"fake-d"}');
});

test('nested JSON opens in its own editor', async ({ app, colleague }) => {
  await openToEdit(app, colleague);
  await app.editor.openNested('db');
  await app.editor.openNested('hosts');
  await expect(app.editor.trail).toContainText('hosts');
  await app.editor.type('item 2', 'c');
  await expectAccessible(app);
  await app.editor.trail.getByRole('button', { name: 'Whole value' }).click();
  await expect(app.editor.rows).toHaveCount(4);
  await app.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('"b"', '"c"'));
});

test('raw text is checked while it is typed, and saved as it stands', async ({ app, colleague }) => {
  await openToEdit(app, colleague, '{"a":1}');
  await app.editor.turnToRaw();
  await app.editor.raw.fill('{"a":1,\n}');
  await expect(app.editor.findings).toContainText('Line 1, column 7');
  await app.editor.raw.fill('{"a":1} trailing');
  await expect(app.editor.findings).toContainText('complete before this');
  await app.editor.raw.fill('{"a":1,"a":2}');
  await expect(app.editor.findings).toContainText('a is there twice');
  await app.editor.raw.fill('{"a":1} trailing');
  await app.editor.openReview();
  await expect(app.page.getByTestId('review-fault')).toContainText('plain text');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('{"a":1} trailing');
});

test('plain text is edited as it is, line breaks included', async ({ app, colleague }) => {
  await openToEdit(app, colleague, 'one\r\ntwo\r\nfake-three');
  await app.page.getByTestId('show-raw').click();
  await app.editor.raw.fill('one\n2\nfake-three');
  await app.editor.openReview();
  await expect(app.page.getByTestId('difference-run').filter({ hasText: 'Added' })).toHaveCount(1);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('one\r\n2\r\nfake-three');
});

test('an edit is not dropped without a question', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/other', value: { a: 'fake' } });
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('2 secrets');
  await app.catalog.open('app/db');
  await expect(app.detail.sealed).toBeVisible();
  await page.keyboard.press('Control+e');
  await expect(app.editor.form).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(app.editor.form, 'nothing was changed: nothing is asked').toHaveCount(0);

  await app.editor.begin();
  await app.editor.type('password', 'fake-typed');
  await page.keyboard.press('Escape');
  await expect(app.editor.leaveQuestion).toBeVisible();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await app.catalog.open('app/other');
  await expect(app.editor.leaveQuestion, 'another secret waits for the answer').toBeVisible();
  await expect(app.detail.name).toHaveText('app/db');
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await app.region.selectOption('eu-west-1');
  await expect(app.editor.leaveQuestion, 'and so does another Region').toBeVisible();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await expect(app.region).toHaveValue('us-east-1');
  await app.detail.turnTo('Details');
  await app.detail.turnTo('Value');
  await expect(app.editor.value('password'), 'a look at another tab loses nothing').toHaveValue('fake-typed');
  await app.detail.close();
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await expect(app.detail.pane).toHaveCount(0);
  expect(await page.content()).not.toContain('fake-typed');
  expect(await stored(colleague, 'app/db')).toBe(VALUE);
});

test('what is revealed in an edit hides when the window loses the focus', async ({ app, colleague, page }) => {
  await openToEdit(app, colleague);
  await app.editor.type('password', 'fake-typed');
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(app.editor.value('password')).toHaveCount(0);
  await app.editor.show('password');
  await expect(app.editor.value('password')).toHaveValue('fake-typed');
});

test('of five thousand keys only those near the view are in the page, and each can be reached', async ({ app, colleague, page }) => {
  const value = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
  const text = JSON.stringify(value);
  await colleague.create({ name: 'app/db', value: text });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.revealButton.click();
  await expect(app.detail.field('k0').getByTestId('clear-text')).toHaveText('0');
  await expectFew(app.detail.fields);
  await expect(app.detail.value.getByRole('table'), 'told to a screen reader').toHaveAttribute('aria-rowcount', '5001');
  await scrollToEnd(app.detail.fields);
  await expect(app.detail.field('k4999').getByTestId('clear-text')).toHaveText('4999');
  await expect(app.detail.field('k4999')).toHaveAttribute('aria-rowindex', '5001');
  await expectFew(app.detail.fields);
  await app.detail.value.getByLabel('Find a key').fill('k2500');
  await expect(app.detail.fields).toHaveCount(1);

  await app.editor.begin();
  await expect(app.editor.row('k0').getByLabel('Key', { exact: true })).toBeFocused();
  await expectFew(app.editor.rows);
  await scrollToEnd(app.editor.rows);
  await expect(app.editor.row('k0').getByLabel('Key', { exact: true }), 'what has the focus stays').toBeFocused();
  await expect(app.editor.row('k4999')).toHaveAttribute('aria-posinset', '5000');
  await expectFew(app.editor.rows);
  await app.editor.type('k4999', '7');
  await app.editor.row('k4999').getByLabel('Key', { exact: true }).press('Alt+ArrowUp');
  await expect(app.editor.row('k4999').getByLabel('Key', { exact: true })).toBeFocused();
  await expect(app.editor.row('k4999')).toHaveAttribute('aria-posinset', '4999');
  await app.editor.form.getByLabel('Find a key').fill('k12');
  await expect(app.editor.rows.first()).toHaveAttribute('aria-setsize', '111');
  await app.editor.form.getByLabel('Find a key').fill('');
  await page.getByTestId('add-row').click();
  await expect(app.editor.row('new_key').getByLabel('Key', { exact: true }), 'at the far end').toBeFocused();
  await app.editor.value('new_key').fill('fake');
  await app.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(
    text.replace('"k4998":4998,"k4999":4999}', '"k4999":7,"k4998":4998,"new_key":"fake"}'),
  );
});

test('the review of five thousand changes draws those near the view', async ({ app, colleague, page }) => {
  const keys = Array.from({ length: 5_000 }, (_, at) => `"k${at}":`);
  await openToEdit(app, colleague, `{${keys.map((key) => `${key}1`).join(',')}}`);
  await app.editor.turnToRaw();
  await app.editor.raw.fill(`{${keys.map((key) => `${key}2`).join(',')}}`);
  await app.editor.openReview();
  await expect(app.editor.difference('k0')).toBeVisible();
  await expectFew(app.editor.differences);
  await scrollToEnd(app.editor.differences);
  await expect(app.editor.difference('k4999')).toContainText('changed');
  await page.getByTestId('reveal-sides').click();
  await scrollToEnd(app.editor.differences);
  await expect(app.editor.difference('k4999').getByTestId('clear-text')).toHaveText(['1', '2']);
  await expectFew(app.editor.differences);
});

test('rows and raw text stand beside each other where there is room, and are one document', async ({ app, colleague, page }) => {
  await openToEdit(app, colleague);
  const both = app.editor.form.getByRole('radio', { name: 'Both' });
  await expect(both, 'the pane is narrow').toHaveCount(0);
  await app.widenDetail();
  await both.check();
  await app.editor.show('password');
  await page.getByTestId('show-raw').click();
  await expect(app.editor.raw).toHaveValue(VALUE);
  const [row, raw] = [await app.editor.row('password').boundingBox(), await app.editor.raw.boundingBox()];
  expect(raw!.x, 'side by side').toBeGreaterThan(row!.x + row!.width - 1);
  await app.editor.value('password').fill('fake-row');
  await expect(app.editor.raw).toHaveValue(VALUE.replace('fake-old', 'fake-row'));
  await app.editor.raw.fill(VALUE.replace('fake-old', 'fake-raw'));
  await expect(app.editor.value('password')).toHaveValue('fake-raw');
  await expectAccessible(app);

  await app.editor.raw.fill('{"username":"ops",\n"password":}');
  await expect(app.editor.findings).toContainText('Line 2, column 12');
  await expect(page.getByTestId('rows-stale')).toContainText('The rows show the last valid text');
  await expect(app.editor.value('password'), 'the last that could be read').toHaveValue('fake-raw');
  await expectAccessible(app);
  await app.editor.raw.fill(VALUE.replace('fake-old', 'fake-new'));
  await expect(page.getByTestId('rows-stale')).toHaveCount(0);
  await app.editor.value('password').fill('fake-last');
  await app.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('fake-old', 'fake-last'));
});

test('what rotation would miss is told in the editor too', async ({ app, colleague }) => {
  await openToEdit(app, colleague, { username: 'ops', password: 'fake', dbInstanceIdentifier: 'db-1' });
  await expect(app.editor.findings).toContainText('This looks like a database secret; engine, host are missing');
  await app.editor.add('engine', 'postgres');
  await expect(app.editor.findings).toContainText('a PostgreSQL secret; host is missing');
});

test('a key of 60 KB is edited without harm', async ({ app, colleague }) => {
  const key = 'k'.repeat(60_000);
  await openToEdit(app, colleague, { [key]: 'fake-old', b: 1 });
  await app.editor.type('b', '2');
  await app.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(JSON.stringify({ [key]: 'fake-old', b: 2 }));
});

test('JSON beyond the depth limit is text only', async ({ app, colleague }) => {
  const deep = `${'['.repeat(600)}1${']'.repeat(600)}`;
  await openToEdit(app, colleague, deep);
  await expect(app.editor.findings).toContainText('512');
  await app.page.getByTestId('show-raw').click();
  await app.editor.raw.fill(deep.replace('1', '2'));
  await app.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(deep.replace('1', '2'));
});

test('the first value of a secret without any is stored', async ({ app, colleague }) => {
  await colleague.aws('create-secret', '--name', 'app/empty');
  await app.openList('1 secret');
  await app.catalog.open('app/empty');
  await app.editor.begin();
  await app.editor.raw.fill('fake-first');
  await app.editor.openReview();
  await expect(app.editor.way).toContainText('First value');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/empty')).toBe('fake-first');
});

test('a deleted row is put back by a button and by the key, and the search box stays', async ({ app, colleague, page }) => {
  await openToEdit(app, colleague);
  await app.editor.choose('password', 'Delete');
  const removed = page.getByTestId('edit-removed');
  await expect(removed).toContainText('password was deleted');
  await expect(removed.getByRole('button', { name: 'Undo' }), 'the keyboard goes on there').toBeFocused();
  await expectAccessible(app);
  await page.keyboard.press('Control+z');
  await expect.poll(() => app.editor.keys(), SOON).toEqual(['username', 'password', 'port', 'db']);
  await expect(app.editor.row('password').getByLabel('Key', { exact: true })).toBeFocused();
  await app.editor.choose('port', 'Delete');
  await removed.getByRole('button', { name: 'Undo' }).click();
  await app.editor.choose('password', 'Delete');
  await app.editor.add('other', 'fake');
  await expect(removed, 'what came after would be lost').toHaveCount(0);
});

test('the keyboard is never nowhere while a value is edited', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await pressByKey(page, page.getByTestId('edit-value'));
  await expect(app.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
  await pressByKey(page, app.editor.row('db').getByTestId('open-nested'));
  await expect(app.editor.row('hosts').getByLabel('Key', { exact: true })).toBeFocused();
  await pressByKey(page, app.editor.trail.getByRole('button', { name: 'Whole value' }), 'Shift+Tab');
  await expect(app.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
  await tabTo(page, app.editor.form.getByRole('radio', { name: 'Keys and values' }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await expect(app.editor.form.getByRole('radio', { name: 'Raw text' })).toBeChecked();
  await pressByKey(page, page.getByTestId('show-raw'));
  await expect(app.editor.raw).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('edit-value')).toBeFocused();
  await page.keyboard.press('Control+e');
  await expect(app.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
});

test('the reader tells a long key, a key that is there twice, and what is no JSON', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: `{"${'k'.repeat(60_000)}":"fake-a","b":1,"b":2}` });
  await colleague.create({ name: 'app/slip', value: '{"a":1,}' });
  await app.openList('2 secrets');
  await app.catalog.open('app/db');
  await app.detail.showKeysButton.click();
  const remarks = page.getByTestId('value-remarks');
  await expect(remarks).toContainText('A key is 60,000 characters long');
  await expect(remarks).toContainText('The key b is there twice');
  const row = page.getByTestId('value-field').first();
  expect((await row.boundingBox())?.height, 'it takes a few lines').toBeLessThan(200);
  await row.getByRole('button', { name: 'Show the whole key' }).click();
  await expect(row.getByRole('region', { name: 'The whole key' })).toHaveText('k'.repeat(60_000));
  expect((await row.boundingBox())?.height, 'the whole of it is scrolled').toBeLessThan(300);
  await expectAccessible(app);
  await app.catalog.open('app/slip');
  await app.detail.showKeysButton.click();
  await expect(remarks).toContainText('This looks like JSON but is not valid, so it is plain text. Line 1, column 7');
});
