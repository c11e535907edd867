// Two people change one value: no edit is lost.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';

const VALUE = { username: 'ops', password: 'fake-old', host: 'db-1', port: 5432 };

const stored = async (colleague: Colleague): Promise<any> =>
  JSON.parse((await colleague.aws('get-secret-value', '--secret-id', 'app/db')).SecretString);

const put = (colleague: Colleague, value: object) =>
  colleague.aws('put-secret-value', '--secret-id', 'app/db', '--secret-string', JSON.stringify(value));

async function edit(app: App, colleague: Colleague): Promise<void> {
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
}

test('what only one side touched merges by itself', async ({ app, colleague }) => {
  await edit(app, colleague);
  await app.editor.type('password', 'fake-mine');
  await put(colleague, { ...VALUE, host: 'db-2', added: 'fake-theirs' });
  await app.editor.openReview();
  await expect(app.editor.merge).toBeVisible();
  await expect(app.editor.mergeRow('host')).toHaveAttribute('data-state', 'theirs');
  await expect(app.editor.mergeRow('password')).toHaveAttribute('data-state', 'mine');
  await app.page.getByTestId('review-merge').click();
  await expect(app.editor.difference('password')).toContainText('changed');
  await expect(app.editor.differences, 'theirs is there already').toHaveCount(1);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, password: 'fake-mine', host: 'db-2', added: 'fake-theirs' });
});

test('the same key changed twice must be chosen', async ({ app, colleague, page }) => {
  await edit(app, colleague);
  await app.editor.type('password', 'fake-mine');
  await app.editor.type('port', '5433');
  await put(colleague, { ...VALUE, password: 'fake-theirs', port: 6543 });
  await app.editor.openReview();
  const reviewMerge = page.getByTestId('review-merge');
  await expect(reviewMerge).toBeDisabled();
  await expect(app.editor.review).toContainText('Choose a side for 2 keys.');
  expect(await page.getByTestId('save-review').innerHTML(), 'the merge is masked').not.toContain('fake-');
  await page.getByTestId('reveal-sides').click();
  await expect(app.editor.mergeRow('password').getByTestId('clear-text')).toHaveText([
    'fake-old', 'fake-theirs', 'fake-mine',
  ]);
  await expectAccessible(app);
  await app.editor.mergeRow('password').getByRole('radio', { name: 'Theirs for password' }).check();
  await app.editor.mergeRow('port').getByRole('radio', { name: 'Yours for port' }).check();
  await reviewMerge.click();
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, password: 'fake-theirs', port: 5433 });
});

test('who saves between review and word opens the merge, and loses nothing', async ({ app, colleague, page }) => {
  await edit(app, colleague);
  await app.editor.type('password', 'fake-mine');
  await app.editor.openReview();
  await put(colleague, { ...VALUE, username: 'theirs' });
  await app.editor.saveButton.click();
  await expect(app.editor.mergeRow('username')).toHaveAttribute('data-state', 'theirs');
  expect(await stored(colleague), 'nothing was written over it').toEqual({ ...VALUE, username: 'theirs' });
  await page.getByTestId('review-merge').click();
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, username: 'theirs', password: 'fake-mine' });
});

test('a conflict of types is told in words, and stands out while the values are revealed', async ({ app, colleague, page }) => {
  await edit(app, colleague);
  await app.editor.choose('port', 'Make it a string');
  await put(colleague, { ...VALUE, port: '5432 ' });
  await app.editor.openReview();
  await page.getByTestId('reveal-sides').click();
  const row = app.editor.mergeRow('port');
  await expect(row.getByRole('cell')).toContainText(['number', 'text', 'text']);
  await expect(row).toContainText('changed on both sides');
  await expectAccessible(app);
  await row.getByRole('radio', { name: 'Yours for port' }).check();
  await expect(row, 'what is chosen is no open conflict').not.toContainText('changed on both sides');
});

test('a second merge shows the values of its own round', async ({ app, colleague, page }) => {
  await edit(app, colleague);
  await app.editor.type('password', 'fake-mine');
  await put(colleague, { added: 'fake-first', ...VALUE, host: 'db-2' });
  await app.editor.openReview();
  await page.getByTestId('review-merge').click();
  await put(colleague, { added: 'fake-second', ...VALUE, host: 'db-2', username: 'theirs' });
  await app.editor.saveButton.click();
  await expect(app.editor.mergeRow('added')).toHaveAttribute('data-state', 'theirs');
  await page.getByTestId('reveal-sides').click();
  const values = (key: string) => app.editor.mergeRow(key).getByTestId('clear-text');
  await expect(values('added')).toHaveText(['fake-first', 'fake-second', 'fake-first']);
  await expect(values('username')).toHaveText(['ops', 'theirs', 'ops']);
  await expect(values('password')).toHaveText(['fake-old', 'fake-old', 'fake-mine']);
  await page.getByTestId('review-merge').click();
  await expect(app.editor.differences, 'against what is current now').toHaveCount(1);
  await expect(app.editor.difference('password').getByTestId('clear-text')).toHaveText(['fake-old', 'fake-mine']);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({
    ...VALUE, added: 'fake-second', username: 'theirs', host: 'db-2', password: 'fake-mine',
  });
});

test('a merge of files offers nothing to reveal', async ({ app, colleague, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), Buffer.from([0, 1, 2]));
  await colleague.create({ name: 'app/key', value: Buffer.from([0, 1]) });
  await app.openList('1 secret');
  await app.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(app.editor.saveButton).toBeVisible();
  await colleague.aws('put-secret-value', '--secret-id', 'app/key', '--secret-string', 'fake-theirs');
  await app.editor.saveButton.click();
  await expect(app.editor.mergeRow('The whole value')).toHaveAttribute('data-state', 'conflict');
  await expect(page.getByTestId('reveal-sides')).toHaveCount(0);
});
