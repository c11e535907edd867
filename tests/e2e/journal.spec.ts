import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, expectAccessible, test } from './fixtures.ts';
import { versionsOf } from './secrets.ts';

test('what was done is listed, searched, exported and taken back, and holds no value', async ({ desk, colleague, page }, testInfo) => {
  const [first, second] = await versionsOf(colleague, [{ password: 'fake-old' }, { password: 'fake-new' }]);
  await colleague.create({ name: 'other' });
  await desk.openList('2 secrets');
  await desk.catalog.open('app/db');
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await versions.makeCurrent(first);
  await versions.plan.checkButton.click();
  await versions.plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await versions.row(first).getByTestId('add-label').click();
  await page.getByRole('textbox', { name: 'Label' }).fill('blue');
  await page.keyboard.press('Enter');
  await versions.plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT', 'blue']);

  await page.keyboard.press('Control+j');
  const { journal } = desk;
  await expect(journal.count).toHaveText('2 entries');
  await expect(journal.entries.first()).toContainText('Move stages');
  await expect(journal.entries.first()).toContainText('app/db');
  await expect(journal.entries.first()).toContainText('Local vault, 123456789012, us-east-1');
  await expect(journal.entries.nth(1)).toContainText(
    `AWSCURRENT moves from ${second.slice(0, 8)} to ${first.slice(0, 8)}, and AWSPREVIOUS follows`,
  );
  await expect(journal.undoButtons, 'the labels of the first move were moved since').toHaveCount(1);
  await expectAccessible(desk);

  await journal.search.fill('nobody did this');
  await expect(journal.count).toHaveText('0 entries');
  await journal.search.fill('awscurrent');
  await expect(journal.count, 'labels are found').toHaveText('1 entry');
  await journal.search.fill(`app/db ${second}`);
  await expect(journal.count).toHaveText('1 entry');
  await journal.exportButton.click();
  await expect(journal.dialog.getByTestId('journal-done')).toHaveText('1 entry was written.');
  const text = await readFile(join(testInfo.outputPath('home'), 'exports/latchkey-journal.jsonl'), 'utf8');
  const entry = JSON.parse(text);
  expect(entry).toMatchObject({ secret_name: 'app/db', operation: 'move_stages', account: '123456789012' });
  expect(entry.version_ids).toContain(second);
  expect(text, 'a journal holds no value').not.toContain('fake-');

  await journal.search.fill('');
  await journal.undo(0);
  await expect(versions.plan.dialog).toContainText('Undo the last change of app/db?');
  await expect(versions.plan.steps).toHaveText([`blue is taken away from ${first.slice(0, 8)}.`]);
  await versions.plan.confirm.click();
  await expect(journal.count).toHaveText('3 entries');
  await expect(journal.entries.first()).toContainText('Undo change');
  await page.keyboard.press('Escape');
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
});

test('an entry that others have moved on from is not undone', async ({ desk, colleague }) => {
  const [first, second] = await versionsOf(colleague, [{ n: 1 }, { n: 2 }]);
  await desk.openList('1 secret');
  await desk.catalog.open('app/db');
  await desk.detail.turnTo('Versions');
  const { versions } = desk.detail;
  await versions.makeCurrent(first);
  await versions.plan.checkButton.click();
  await versions.plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', second);
  await desk.journal.open();
  await desk.journal.undo(0);
  await expect(desk.journal.error).toContainText('The labels of app/db are no longer where this change left them');
  await expect(versions.plan.dialog).toHaveCount(0);
});

test('the journal of a new window says that nothing was done', async ({ desk }) => {
  await desk.open();
  await desk.journal.open();
  await expect(desk.journal.count).toHaveText('Nothing was changed through this console yet.');
});
