import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, expectAccessible, test } from './fixtures.ts';
import { FUNCTION } from './rotation-opened.ts';
import { versionsOf } from './secrets.ts';
import { soon } from './soon.ts';

test('what was done is listed, searched, exported and taken back, and holds no value', async ({ app, colleague, page }, testInfo) => {
  const [first, second] = await versionsOf(colleague, [{ password: 'fake-old' }, { password: 'fake-new' }]);
  await colleague.create({ name: 'other' });
  await app.openList('2 secrets');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
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
  const { journal } = app;
  await expect(journal.count).toHaveText('2 entries');
  await expect(journal.entries.first()).toContainText('Move labels');
  await expect(journal.entries.first()).toContainText('app/db');
  await expect(journal.entries.first()).toContainText('Local vault, 123456789012, us-east-1');
  await expect(journal.entries.nth(1)).toContainText(
    `AWSCURRENT moves from ${second.slice(0, 8)} to ${first.slice(0, 8)}, and AWSPREVIOUS follows`,
  );
  await expect(journal.undoButtons, 'the labels of the first move were moved since').toHaveCount(1);
  await expectAccessible(app);

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
  await expect(versions.plan.dialog).toContainText('Undo the last change to app/db?');
  await expect(versions.plan.steps).toHaveText([`blue is removed from ${first.slice(0, 8)}.`]);
  await versions.plan.confirm.click();
  await expect(journal.count).toHaveText('3 entries');
  await expect(journal.entries.first()).toContainText('Undo change');
  await page.keyboard.press('Escape');
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
});

/** Which operation the vault answered under a request id, as its own log tells it. */
function operations(log: string): Map<string, string> {
  const calls = log.replace(/\u001b\[[0-9;]*m/g, '').matchAll(/latchkey_vault::call.*?operation="(\w+)" status=200 .*?request_id="([^"]+)"/g);
  return new Map(Array.from(calls, ([, operation, id]) => [id, operation]));
}

test('each kind of write has the request ids of its answers', async ({ app, colleague, bridge, page }) => {
  const UPDATE_STAGE = 'UpdateSecretVersionStage';
  const done: [words: string, ...operations: string[]][] = [];
  await app.open();
  await test.step('create', async () => {
    await app.createSecret.open();
    await app.createSecret.name.fill('app/db');
    await app.createSecret.fillText('{"password":"fake-old"}');
    await app.createSecret.submit.click();
    await expect(app.detail.name).toHaveText('app/db');
    done.push(['Create secret', 'CreateSecret']);
  });
  const { versions } = app.detail;
  await test.step('save by swap, and by put', async () => {
    await app.editor.begin();
    await app.editor.type('password', 'fake-new');
    await app.editor.save();
    done.push(['Save value', UPDATE_STAGE, 'PutSecretValue', UPDATE_STAGE, UPDATE_STAGE]);
    await app.editor.begin();
    await app.editor.type('password', 'fake-newer');
    await app.editor.openReview();
    await app.editor.review.getByText('Write directly with PutSecretValue').click();
    await expect(app.editor.way).toContainText('Put and verify');
    await app.editor.saveButton.click();
    await expect(app.editor.form).toHaveCount(0);
    done.push(['Save value', 'PutSecretValue']);
  });
  await test.step('move stages, and undo it', async () => {
    await app.detail.turnTo('Versions');
    await versions.rows.filter({ hasText: 'AWSPREVIOUS' }).getByTestId('make-current').click();
    await versions.plan.confirm.click();
    await expect(versions.plan.dialog).toHaveCount(0);
    done.push(['Move labels', UPDATE_STAGE]);
    await app.toasts.filter({ hasText: 'is now AWSCURRENT' }).getByRole('button', { name: 'Undo…' }).click();
    await versions.plan.checkButton.click();
    await versions.plan.confirm.click();
    await expect(versions.plan.dialog).toHaveCount(0);
    done.push(['Undo change', UPDATE_STAGE]);
  });
  await test.step('description, key and tags', async () => {
    await app.detail.turnTo('Details');
    const form = page.getByTestId('metadata-form');
    const save = async (what: string, fill: () => Promise<void>) => {
      await app.detail.metadata.getByRole('button', { name: `Edit the ${what}` }).click();
      await fill();
      await form.getByRole('button', { name: 'Save' }).click();
      await expect(form).toHaveCount(0);
    };
    await save('description', () => form.getByLabel('Description').fill('Fake database'));
    done.push(['Change description', 'UpdateSecret']);
    await app.detail.metadata.getByRole('button', { name: 'Edit the encryption key' }).click();
    await form.getByLabel('Encryption key').fill('alias/fake-key');
    await form.getByRole('button', { name: 'Save' }).click();
    await app.changeReview.apply('Save the encryption key').click();
    await expect(app.changeReview.form).toHaveCount(0);
    done.push(['Change encryption key', 'UpdateSecret']);
    for (const value of ['a', 'b']) {
      await save('tags', async () => {
        if (value === 'b') await form.getByTestId('tag-row').getByRole('button', { name: 'Remove this tag' }).click();
        await page.getByTestId('add-tag').click();
        await form.getByTestId('tag-row').getByLabel('Tag key').fill(`team-${value}`);
      });
    }
    done.push(['Change tags', 'TagResource'], ['Change tags', 'UntagResource', 'TagResource']);
  });
  await test.step('rotation', async () => {
    await app.detail.turnTo('Rotation');
    const { rotation } = app;
    await rotation.press('Set up rotation');
    await rotation.functionArn.fill(FUNCTION);
    await rotation.rotateImmediately.uncheck();
    await rotation.press('Turn on rotation');
    await expect(rotation.facts).toContainText('On');
    done.push(['Save rotation', 'RotateSecret']);
    const labels = async () => Object.values((await colleague.aws('describe-secret', '--secret-id', 'app/db')).VersionIdsToStages).flat();
    await expect.poll(labels, { ...soon('the copy for testSecret is removed'), timeout: 20_000 }).not.toContain('AWSPENDING');
    await rotation.press('Rotate now');
    await rotation.agree('Rotate now');
    await rotation.expectSteps('done', 'done', 'done', 'done');
    done.push(['Rotate secret', 'RotateSecret']);
    await rotation.press('Cancel rotation');
    await rotation.agree('Cancel rotation');
    await expect(rotation.facts).toContainText('Off');
    done.push(['Cancel rotation', 'CancelRotateSecret']);
  });
  await test.step('delete and restore', async () => {
    await app.detail.turnTo('Details');
    await page.getByRole('button', { name: 'Delete secret…' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await app.changeReview.word('app/db').fill('app/db');
    await app.changeReview.apply('Schedule deletion').click();
    await page.getByTestId('restore-secret').click();
    await expect(page.getByTestId('banner-deleted')).toHaveCount(0);
    done.push(['Delete secret', 'DeleteSecret'], ['Restore secret', 'RestoreSecret']);
  });

  await page.keyboard.press('Control+j');
  const { journal } = app;
  await expect(journal.count).toHaveText(`${done.length} entries`);
  const named = operations(bridge.log);
  const ids: string[] = [];
  for (const [at, [words, ...expected]] of done.toReversed().entries()) {
    await expect(journal.entries.nth(at)).toContainText(words);
    await expect(journal.entries.nth(at)).toContainText('done');
    const shown = await journal.requestIds(at);
    expect(shown.map((id) => named.get(id)), `${words}: answered by the vault under these ids`).toEqual(expected);
    ids.push(...shown);
  }
  expect(new Set(ids).size, 'each its own').toBe(ids.length);
});

test('an entry that others have moved on from is not undone', async ({ app, colleague }) => {
  const [first, second] = await versionsOf(colleague, [{ n: 1 }, { n: 2 }]);
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Versions');
  const { versions } = app.detail;
  await versions.makeCurrent(first);
  await versions.plan.checkButton.click();
  await versions.plan.confirm.click();
  await expect(versions.labels(first)).toHaveText(['AWSCURRENT']);
  await colleague.aws('update-secret-version-stage', '--secret-id', 'app/db', '--version-stage', 'blue', '--move-to-version-id', second);
  await app.journal.open();
  await app.journal.undo(0);
  await expect(app.journal.error).toContainText('The labels of app/db are no longer where this change left them');
  await expect(versions.plan.dialog).toHaveCount(0);
});

test('the journal of a new window says that nothing was done', async ({ app }) => {
  await app.open();
  await app.journal.open();
  await expect(app.journal.count).toHaveText('No changes were made through this console yet.');
});

test('the journal of one secret shows and exports what touched it, and leads back to all', async ({ app, colleague, page }, testInfo) => {
  await colleague.create({ name: 'app/db', value: 'fake' }, { name: 'app/web', value: 'fake' });
  await app.openList('2 secrets');
  for (const name of ['app/db', 'app/web']) {
    await app.catalog.open(name);
    await app.detail.turnTo('Details');
    await app.detail.metadata.getByRole('button', { name: 'Edit the description' }).click();
    await page.getByTestId('metadata-form').getByLabel('Description').fill(`Fake ${name}`);
    await page.getByTestId('metadata-form').getByRole('button', { name: 'Save' }).click();
    await expect(app.detail.metadata).toContainText(`Fake ${name}`);
  }
  await page.getByTestId('detail').getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Journal of this secret…' }).click();
  const { journal } = app;
  await expect(journal.count).toHaveText('1 entry');
  await expect(journal.entries).toContainText(['app/web']);
  await expectAccessible(app);
  await journal.exportButton.click();
  await expect(page.getByTestId('journal-done')).toHaveText('1 entry was written.');
  const written = await readFile(join(testInfo.outputPath('home', 'exports'), 'latchkey-journal.jsonl'), 'utf8');
  expect(written.trim().split('\n').map((line) => JSON.parse(line).secret_name)).toEqual(['app/web']);
  await journal.dialog.getByRole('button', { name: 'Show all secrets' }).click();
  await expect(journal.count).toHaveText('2 entries');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+j');
  await expect(journal.count, 'the key opens it on all').toHaveText('2 entries');
});
