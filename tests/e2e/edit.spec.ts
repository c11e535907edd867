// The value editor: every way to change a value, each seen by another client byte for byte.
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';

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
  await expect(desk.toasts).toContainText('app/db is saved');
  expect(await stored(colleague, 'app/db')).toBe(VALUE.replace('fake-old', 'fake-new').replace('5432.00', '5433'));
  expect(await page.content(), 'nothing of it stays').not.toContain('fake-new');
});

test('a number stays a number until it is made a text', async ({ desk, colleague }) => {
  await openToEdit(desk, colleague);
  await desk.editor.type('port', '54x');
  await expect(desk.editor.row('port').getByRole('alert')).toContainText('not a number');
  await desk.page.getByTestId('review-value').click();
  await expect(desk.editor.errorPanel).toContainText('The row port cannot be saved as it is. Mend it first');
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
  await expect.poll(() => desk.editor.keys()).toEqual(['a', 'd', 'beta']);
  await desk.editor.row('beta').getByLabel('Key', { exact: true }).press('Alt+ArrowUp');
  await expect.poll(() => desk.editor.keys()).toEqual(['a', 'beta', 'd']);
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
  await desk.detail.turnTo('Details');
  await desk.detail.turnTo('Value');
  await expect(desk.editor.value('password'), 'a look at another tab loses nothing').toHaveValue('fake-typed');
  await desk.detail.close();
  await page.getByRole('button', { name: 'Drop the edit' }).click();
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

test('five thousand keys can be edited', async ({ desk, colleague }) => {
  const value = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
  const text = JSON.stringify(value);
  await openToEdit(desk, colleague, text);
  await desk.editor.form.getByLabel('Find a key').fill('k4999');
  await desk.editor.type('k4999', '7');
  await desk.editor.save();
  expect(await stored(colleague, 'app/db')).toBe(text.replace('"k4999":4999', '"k4999":7'));
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
