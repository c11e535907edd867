// The value editor: every way to change a value, each seen by another client byte for byte.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { expectFew, scrollToEnd } from './pages/long-rows.ts';
import { pressByKey, tabTo } from './pages/keyboard.ts';
import { SOON } from './soon.ts';

const VALUE = '{\n  "username": "ops",\n  "password" : "fake-old",\n  "port": 5432.00,\n  "db": {"hosts": ["a", "b"]}\n}\n';

const stored = async (colleague: Colleague, name: string): Promise<string> =>
  (await colleague.aws('get-secret-value', '--secret-id', name)).SecretString;

async function openToEdit(desk: Desk, colleague: Colleague, value: string | object = VALUE): Promise<void> {
  await colleague.create({ name: 'app/db', value });
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.editor.begin();
}

test('a key is edited, and every other byte stays', async ({ desk, colleague, page }) => {
  await openToEdit(desk, colleague);
  await expect(desk.editor.rows).toHaveCount(4);
  expect(await page.content(), 'the editor begins masked').not.toContain('fake-old');
  await desk.editor.type('password', 'fake-new');
  await desk.editor.type('port', '5433');
  await expectAccessible(desk);
  await desk.editor.save();
  await expect(desk.toasts).toContainText('Saved app/db.');
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('fake-old', 'fake-new').replace('5432.00', '5433'));
  expect(await page.content(), 'nothing of it stays').not.toContain('fake-new');
});

test('a number stays a number until it is made a text', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague);
  await desk.editor.type('port', '54x');
  await expect(desk.editor.row('port').getByRole('alert')).toContainText('not a number');
  await desk.page.getByTestId('review-value').click();
  await expect(desk.editor.errorPanel).toContainText('The row port cannot be saved as it is. Fix it first');
  const raw = desk.editor.form.getByRole('radio', { name: 'Raw text' });
  await expect(raw, 'there nobody would see the row').toBeDisabled();
  await expect(desk.editor.form).toContainText('waits for the row port');
  await desk.editor.value('port').fill('543');
  await expect(desk.editor.errorPanel, 'what is mended is not told any more').toHaveCount(0);
  await expect(raw).toBeEnabled();
  await desk.editor.value('port').fill('54x');
  await desk.editor.choose('port', 'Make it a text');
  await desk.editor.save();
  expect(JSON.parse(await stored(colleague, 'app/db')).port).toBe('54x');
});

test('keys are added, renamed, deleted and put in another order', async ({ desk, colleague, page }) => {
  await openToEdit(desk, colleague, '{"a":1,"b":"fake-b","c":null}');
  await desk.editor.add('d', 'fake-d');
  await desk.editor.rename('b', 'beta');
  await desk.editor.choose('c', 'Delete');
  await desk.editor.choose('d', 'Move up');
  await expect.poll(() => desk.editor.keys(), SOON).toEqual(['a', 'd', 'beta']);
  await desk.editor.row('beta').getByLabel('Key', { exact: true }).press('Alt+ArrowUp');
  await expect.poll(() => desk.editor.keys(), SOON).toEqual(['a', 'beta', 'd']);
  await expect(desk.editor.row('beta').getByLabel('Key', { exact: true }), 'the focus goes along').toBeFocused();
  await desk.editor.rename('d', 'a');
  await expect(desk.editor.rows.nth(2).getByRole('alert')).toContainText('already there');
  await desk.editor.rows.nth(2).getByLabel('Key', { exact: true }).fill('d');
  await page.keyboard.press('Control+s');
  await expect(desk.editor.differences).toHaveCount(4);
  await expect(desk.editor.difference('beta')).toContainText('added');
  await expect(desk.editor.difference('c')).toContainText('removed');
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('{"a":1,"beta":"fake-b","d":"fake-d"}');
});

test('nested JSON opens in its own editor', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague);
  await desk.editor.openNested('db');
  await desk.editor.openNested('hosts');
  await expect(desk.editor.trail).toContainText('hosts');
  await desk.editor.type('item 2', 'c');
  await expectAccessible(desk);
  await desk.editor.trail.getByRole('button', { name: 'Whole value' }).click();
  await expect(desk.editor.rows).toHaveCount(4);
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('"b"', '"c"'));
});

test('raw text is checked while it is typed, and saved as it stands', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague, '{"a":1}');
  await desk.editor.turnToRaw();
  await desk.editor.raw.fill('{"a":1,\n}');
  await expect(desk.editor.findings).toContainText('Line 1, column 7');
  await desk.editor.raw.fill('{"a":1} trailing');
  await expect(desk.editor.findings).toContainText('complete before this');
  await desk.editor.raw.fill('{"a":1,"a":2}');
  await expect(desk.editor.findings).toContainText('a is there twice');
  await desk.editor.raw.fill('{"a":1} trailing');
  await desk.editor.openReview();
  await expect(desk.page.getByTestId('review-fault')).toContainText('plain text');
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('{"a":1} trailing');
});

test('plain text is edited as it is, line breaks included', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague, 'one\r\ntwo\r\nfake-three');
  await desk.page.getByTestId('show-raw').click();
  await desk.editor.raw.fill('one\n2\nfake-three');
  await desk.editor.openReview();
  await expect(desk.page.getByTestId('difference-run').filter({ hasText: 'Added' })).toHaveCount(1);
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/db')).toBe('one\r\n2\r\nfake-three');
});

test('an edit is not dropped without a question', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'app/other', value: { a: 'fake' } });
  await colleague.create({ name: 'app/db', value: VALUE });
  await desk.openList('2 secrets');
  await desk.catalog.open('app/db');
  await expect(desk.detail.sealed).toBeVisible();
  await page.keyboard.press('Control+e');
  await expect(desk.editor.form).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(desk.editor.form, 'nothing was changed: nothing is asked').toHaveCount(0);

  await desk.editor.begin();
  await desk.editor.type('password', 'fake-typed');
  await page.keyboard.press('Escape');
  await expect(desk.editor.leaveQuestion).toBeVisible();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await desk.catalog.open('app/other');
  await expect(desk.editor.leaveQuestion, 'another secret waits for the answer').toBeVisible();
  await expect(desk.detail.name).toHaveText('app/db');
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await desk.region.selectOption('eu-west-1');
  await expect(desk.editor.leaveQuestion, 'and so does another Region').toBeVisible();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await expect(desk.region).toHaveValue('us-east-1');
  await desk.detail.turnTo('Details');
  await desk.detail.turnTo('Value');
  await expect(desk.editor.value('password'), 'a look at another tab loses nothing').toHaveValue('fake-typed');
  await desk.detail.close();
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await expect(desk.detail.pane).toHaveCount(0);
  expect(await page.content()).not.toContain('fake-typed');
  expect(await stored(colleague, 'app/db')).toBe(VALUE);
});

test('what is revealed in an edit hides when the window loses the focus', async ({ desk, colleague, page }) => {
  await openToEdit(desk, colleague);
  await desk.editor.type('password', 'fake-typed');
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(desk.editor.value('password')).toHaveCount(0);
  await desk.editor.show('password');
  await expect(desk.editor.value('password')).toHaveValue('fake-typed');
});

test('of five thousand keys only those near the view are in the page, and each can be reached', async ({ desk, colleague, page }) => {
  const value = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
  const text = JSON.stringify(value);
  await colleague.create({ name: 'app/db', value: text });
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.detail.revealButton.click();
  await expect(desk.detail.field('k0').getByTestId('clear-text')).toHaveText('0');
  await expectFew(desk.detail.fields);
  await expect(desk.detail.value.getByRole('table'), 'told to a screen reader').toHaveAttribute('aria-rowcount', '5001');
  await scrollToEnd(desk.detail.fields);
  await expect(desk.detail.field('k4999').getByTestId('clear-text')).toHaveText('4999');
  await expect(desk.detail.field('k4999')).toHaveAttribute('aria-rowindex', '5001');
  await expectFew(desk.detail.fields);
  await desk.detail.value.getByLabel('Find a key').fill('k2500');
  await expect(desk.detail.fields).toHaveCount(1);

  await desk.editor.begin();
  await expect(desk.editor.row('k0').getByLabel('Key', { exact: true })).toBeFocused();
  await expectFew(desk.editor.rows);
  await scrollToEnd(desk.editor.rows);
  await expect(desk.editor.row('k0').getByLabel('Key', { exact: true }), 'what has the focus stays').toBeFocused();
  await expect(desk.editor.row('k4999')).toHaveAttribute('aria-posinset', '5000');
  await expectFew(desk.editor.rows);
  await desk.editor.type('k4999', '7');
  await desk.editor.row('k4999').getByLabel('Key', { exact: true }).press('Alt+ArrowUp');
  await expect(desk.editor.row('k4999').getByLabel('Key', { exact: true })).toBeFocused();
  await expect(desk.editor.row('k4999')).toHaveAttribute('aria-posinset', '4999');
  await desk.editor.form.getByLabel('Find a key').fill('k12');
  await expect(desk.editor.rows.first()).toHaveAttribute('aria-setsize', '111');
  await desk.editor.form.getByLabel('Find a key').fill('');
  await page.getByTestId('add-row').click();
  await expect(desk.editor.row('new_key').getByLabel('Key', { exact: true }), 'at the far end').toBeFocused();
  await desk.editor.value('new_key').fill('fake');
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(
    text.replace('"k4998":4998,"k4999":4999}', '"k4999":7,"k4998":4998,"new_key":"fake"}'),
  );
});

test('the review of five thousand changes draws those near the view', async ({ desk, colleague, page }) => {
  const keys = Array.from({ length: 5_000 }, (_, at) => `"k${at}":`);
  await openToEdit(desk, colleague, `{${keys.map((key) => `${key}1`).join(',')}}`);
  await desk.editor.turnToRaw();
  await desk.editor.raw.fill(`{${keys.map((key) => `${key}2`).join(',')}}`);
  await desk.editor.openReview();
  await expect(desk.editor.difference('k0')).toBeVisible();
  await expectFew(desk.editor.differences);
  await scrollToEnd(desk.editor.differences);
  await expect(desk.editor.difference('k4999')).toContainText('changed');
  await page.getByTestId('reveal-sides').click();
  await scrollToEnd(desk.editor.differences);
  await expect(desk.editor.difference('k4999').getByTestId('clear-text')).toHaveText(['1', '2']);
  await expectFew(desk.editor.differences);
});

test('rows and raw text stand beside each other where there is room, and are one document', async ({ desk, colleague, page }) => {
  await openToEdit(desk, colleague);
  const both = desk.editor.form.getByRole('radio', { name: 'Both' });
  await expect(both, 'the pane is narrow').toHaveCount(0);
  await desk.widenDetail();
  await both.check();
  await desk.editor.show('password');
  await page.getByTestId('show-raw').click();
  await expect(desk.editor.raw).toHaveValue(VALUE);
  const [row, raw] = [await desk.editor.row('password').boundingBox(), await desk.editor.raw.boundingBox()];
  expect(raw!.x, 'side by side').toBeGreaterThan(row!.x + row!.width - 1);
  await desk.editor.value('password').fill('fake-row');
  await expect(desk.editor.raw).toHaveValue(VALUE.replace('fake-old', 'fake-row'));
  await desk.editor.raw.fill(VALUE.replace('fake-old', 'fake-raw'));
  await expect(desk.editor.value('password')).toHaveValue('fake-raw');
  await expectAccessible(desk);

  await desk.editor.raw.fill('{"username":"ops",\n"password":}');
  await expect(desk.editor.findings).toContainText('Line 2, column 12');
  await expect(page.getByTestId('rows-stale')).toContainText('The rows show it as it was before');
  await expect(desk.editor.value('password'), 'the last that could be read').toHaveValue('fake-raw');
  await expectAccessible(desk);
  await desk.editor.raw.fill(VALUE.replace('fake-old', 'fake-new'));
  await expect(page.getByTestId('rows-stale')).toHaveCount(0);
  await desk.editor.value('password').fill('fake-last');
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('fake-old', 'fake-last'));
});

test('what rotation would miss is told in the editor too', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague, { username: 'ops', password: 'fake', dbInstanceIdentifier: 'db-1' });
  await expect(desk.editor.findings).toContainText('This looks like a database secret; engine, host are missing');
  await desk.editor.add('engine', 'postgres');
  await expect(desk.editor.findings).toContainText('a PostgreSQL secret; host is missing');
});

test('a key of 60 KB is edited without harm', async ({ desk, colleague }) => {
  const key = 'k'.repeat(60_000);
  await openToEdit(desk, colleague, { [key]: 'fake-old', b: 1 });
  await desk.editor.type('b', '2');
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(JSON.stringify({ [key]: 'fake-old', b: 2 }));
});

test('JSON beyond the depth limit is text only', async ({ desk, colleague }) => {
  const deep = `${'['.repeat(600)}1${']'.repeat(600)}`;
  await openToEdit(desk, colleague, deep);
  await expect(desk.editor.findings).toContainText('512');
  await desk.page.getByTestId('show-raw').click();
  await desk.editor.raw.fill(deep.replace('1', '2'));
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(deep.replace('1', '2'));
});

test('the first value of a secret without any is stored', async ({ desk, colleague }) => {
  await colleague.aws('create-secret', '--name', 'app/empty');
  await desk.openList('1 secret');
  await desk.catalog.open('app/empty');
  await desk.editor.begin();
  await desk.editor.raw.fill('fake-first');
  await desk.editor.openReview();
  await expect(desk.editor.way).toContainText('First value');
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague, 'app/empty')).toBe('fake-first');
});

test('a deleted row is put back by a button and by the key, and the search box stays', async ({ desk, colleague, page }) => {
  await openToEdit(desk, colleague);
  await desk.editor.choose('password', 'Delete');
  const removed = page.getByTestId('edit-removed');
  await expect(removed).toContainText('password was deleted');
  await expect(removed.getByRole('button', { name: 'Undo' }), 'the keyboard goes on there').toBeFocused();
  await expectAccessible(desk);
  await page.keyboard.press('Control+z');
  await expect.poll(() => desk.editor.keys(), SOON).toEqual(['username', 'password', 'port', 'db']);
  await expect(desk.editor.row('password').getByLabel('Key', { exact: true })).toBeFocused();
  await desk.editor.choose('port', 'Delete');
  await removed.getByRole('button', { name: 'Undo' }).click();
  await desk.editor.choose('password', 'Delete');
  await desk.editor.add('other', 'fake');
  await expect(removed, 'what came after would be lost').toHaveCount(0);
});

test('the keyboard is never nowhere while a value is edited', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: VALUE });
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await pressByKey(page, page.getByTestId('edit-value'));
  await expect(desk.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
  await pressByKey(page, desk.editor.row('db').getByTestId('open-nested'));
  await expect(desk.editor.row('hosts').getByLabel('Key', { exact: true })).toBeFocused();
  await pressByKey(page, desk.editor.trail.getByRole('button', { name: 'Whole value' }), 'Shift+Tab');
  await expect(desk.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
  await tabTo(page, desk.editor.form.getByRole('radio', { name: 'Keys and values' }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await expect(desk.editor.form.getByRole('radio', { name: 'Raw text' })).toBeChecked();
  await pressByKey(page, page.getByTestId('show-raw'));
  await expect(desk.editor.raw).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('edit-value')).toBeFocused();
  await page.keyboard.press('Control+e');
  await expect(desk.editor.row('username').getByLabel('Key', { exact: true })).toBeFocused();
});

test('the reader tells a long key, a key that is there twice, and what is no JSON', async ({ desk, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: `{"${'k'.repeat(60_000)}":"fake-a","b":1,"b":2}` });
  await colleague.create({ name: 'app/slip', value: '{"a":1,}' });
  await desk.openList('2 secrets');
  await desk.catalog.open('app/db');
  await desk.detail.showKeysButton.click();
  const remarks = page.getByTestId('value-remarks');
  await expect(remarks).toContainText('A key is 60,000 characters long');
  await expect(remarks).toContainText('The key b is there twice');
  const row = page.getByTestId('value-field').first();
  expect((await row.boundingBox())?.height, 'it takes a few lines').toBeLessThan(200);
  await row.getByRole('button', { name: 'Show the whole key' }).click();
  await expect(row.getByRole('region', { name: 'The whole key' })).toHaveText('k'.repeat(60_000));
  expect((await row.boundingBox())?.height, 'the whole of it is scrolled').toBeLessThan(300);
  await expectAccessible(desk);
  await desk.catalog.open('app/slip');
  await desk.detail.showKeysButton.click();
  await expect(remarks).toContainText('This looks like JSON, and is plain text. Line 1, column 7');
});
