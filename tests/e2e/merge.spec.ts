// Two people change one value: nobody's edit is lost.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';

const VALUE = { username: 'ops', password: 'fake-old', host: 'db-1', port: 5432 };

const stored = async (colleague: Colleague): Promise<any> =>
  JSON.parse((await colleague.aws('get-secret-value', '--secret-id', 'app/db')).SecretString);

const put = (colleague: Colleague, value: object) =>
  colleague.aws('put-secret-value', '--secret-id', 'app/db', '--secret-string', JSON.stringify(value));

async function edit(desk: Desk, colleague: Colleague): Promise<void> {
  await colleague.create({ name: 'app/db', value: VALUE });
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.editor.begin();
}

test('what only one side touched merges by itself', async ({ desk, colleague }) => {
  await edit(desk, colleague);
  await desk.editor.type('password', 'fake-mine');
  await put(colleague, { ...VALUE, host: 'db-2', added: 'fake-theirs' });
  await desk.editor.openReview();
  await expect(desk.editor.merge).toBeVisible();
  await expect(desk.editor.mergeRow('host')).toHaveAttribute('data-state', 'theirs');
  await expect(desk.editor.mergeRow('password')).toHaveAttribute('data-state', 'mine');
  await desk.page.getByTestId('review-merge').click();
  await expect(desk.editor.difference('password')).toContainText('changed');
  await expect(desk.editor.differences, 'theirs is there already').toHaveCount(1);
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, password: 'fake-mine', host: 'db-2', added: 'fake-theirs' });
});

test('the same key changed twice must be chosen', async ({ desk, colleague, page }) => {
  await edit(desk, colleague);
  await desk.editor.type('password', 'fake-mine');
  await desk.editor.type('port', '5433');
  await put(colleague, { ...VALUE, password: 'fake-theirs', port: 6543 });
  await desk.editor.openReview();
  const reviewMerge = page.getByTestId('review-merge');
  await expect(reviewMerge).toBeDisabled();
  await expect(desk.editor.review).toContainText('2 keys must be chosen');
  expect(await page.getByTestId('save-review').innerHTML(), 'the merge is masked').not.toContain('fake-');
  await page.getByTestId('reveal-sides').click();
  await expect(desk.editor.mergeRow('password').getByTestId('clear-text')).toHaveText([
    'fake-old', 'fake-theirs', 'fake-mine',
  ]);
  await expectAccessible(desk);
  await desk.editor.mergeRow('password').getByRole('radio', { name: 'Theirs for password' }).check();
  await desk.editor.mergeRow('port').getByRole('radio', { name: 'Yours for port' }).check();
  await reviewMerge.click();
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, password: 'fake-theirs', port: 5433 });
});

test('who saves between review and word opens the merge, and loses nothing', async ({ desk, colleague, page }) => {
  await edit(desk, colleague);
  await desk.editor.type('password', 'fake-mine');
  await desk.editor.openReview();
  await put(colleague, { ...VALUE, username: 'theirs' });
  await desk.editor.saveButton.click();
  await expect(desk.editor.mergeRow('username')).toHaveAttribute('data-state', 'theirs');
  expect(await stored(colleague), 'nothing was written over it').toEqual({ ...VALUE, username: 'theirs' });
  await page.getByTestId('review-merge').click();
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({ ...VALUE, username: 'theirs', password: 'fake-mine' });
});

test('a conflict of types is told in words, and stands out while the values are revealed', async ({ desk, colleague, page }) => {
  await edit(desk, colleague);
  await desk.editor.choose('port', 'Make it a text');
  await put(colleague, { ...VALUE, port: '5432 ' });
  await desk.editor.openReview();
  await page.getByTestId('reveal-sides').click();
  const row = desk.editor.mergeRow('port');
  await expect(row.getByRole('cell')).toContainText(['number', 'text', 'text']);
  await expect(row).toContainText('changed on both sides');
  await expectAccessible(desk);
  await row.getByRole('radio', { name: 'Yours for port' }).check();
  await expect(row, 'what is chosen is no open conflict').not.toContainText('changed on both sides');
});

test('a second merge shows the values of its own round', async ({ desk, colleague, page }) => {
  await edit(desk, colleague);
  await desk.editor.type('password', 'fake-mine');
  await put(colleague, { added: 'fake-first', ...VALUE, host: 'db-2' });
  await desk.editor.openReview();
  await page.getByTestId('review-merge').click();
  await put(colleague, { added: 'fake-second', ...VALUE, host: 'db-2', username: 'theirs' });
  await desk.editor.saveButton.click();
  await expect(desk.editor.mergeRow('added')).toHaveAttribute('data-state', 'theirs');
  await page.getByTestId('reveal-sides').click();
  const values = (key: string) => desk.editor.mergeRow(key).getByTestId('clear-text');
  await expect(values('added')).toHaveText(['fake-first', 'fake-second', 'fake-first']);
  await expect(values('username')).toHaveText(['ops', 'theirs', 'ops']);
  await expect(values('password')).toHaveText(['fake-old', 'fake-old', 'fake-mine']);
  await page.getByTestId('review-merge').click();
  await expect(desk.editor.differences, 'against what is current now').toHaveCount(1);
  await expect(desk.editor.difference('password').getByTestId('clear-text')).toHaveText(['fake-old', 'fake-mine']);
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(colleague)).toEqual({
    ...VALUE, added: 'fake-second', username: 'theirs', host: 'db-2', password: 'fake-mine',
  });
});

test('a merge of files offers nothing to reveal', async ({ desk, colleague, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), Buffer.from([0, 1, 2]));
  await colleague.create({ name: 'app/key', value: Buffer.from([0, 1]) });
  await desk.openList('1 secret');
  await desk.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(desk.editor.saveButton).toBeVisible();
  await colleague.aws('put-secret-value', '--secret-id', 'app/key', '--secret-string', 'fake-theirs');
  await desk.editor.saveButton.click();
  await expect(desk.editor.mergeRow('The whole value')).toHaveAttribute('data-state', 'conflict');
  await expect(page.getByTestId('reveal-sides')).toHaveCount(0);
});
