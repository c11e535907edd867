// Metadata: each change is a separate write, and creates no version.
import { Endpoint } from './endpoints.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import type { App } from './pages/app.ts';

const VALUE = { username: 'ops', password: 'fake-old' };

async function openDetails(app: App): Promise<void> {
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.detail.turnTo('Details');
}

test('description, tags and key are changed without a version', async ({ app, colleague, page, bridge }) => {
  const [{ ARN }] = await colleague.create({ name: 'app/db', value: VALUE, tags: { team: 'a', old: '1' } });
  await openDetails(app);
  const form = page.getByTestId('metadata-form');

  await app.detail.metadata.getByRole('button', { name: 'Edit the description' }).click();
  await form.getByLabel('Description').fill('Fake database');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(app.detail.metadata).toContainText('Fake database');

  await app.detail.metadata.getByRole('button', { name: 'Edit the tags' }).click();
  await expectAccessible(app);
  await form.getByTestId('tag-row').nth(0).getByLabel('Tag value').fill('b');
  await form.getByTestId('tag-row').nth(1).getByRole('button', { name: 'Remove this tag' }).click();
  await page.getByTestId('add-tag').click();
  await form.getByTestId('tag-row').nth(1).getByLabel('Tag key').fill('new');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('tags')).toContainText('new');

  await app.detail.metadata.getByRole('button', { name: 'Edit the encryption key' }).click();
  await form.getByLabel('Encryption key').fill('alias/fake-key');
  await form.getByRole('button', { name: 'Save' }).click();
  await app.changeReview.apply('Save the encryption key').click();
  await expect(app.detail.metadata).toContainText('alias/fake-key');
  await expect(app.toasts.last()).toContainText('Saved the encryption key of app/db');

  const now = await colleague.aws('describe-secret', '--secret-id', ARN);
  expect(now.Description).toBe('Fake database');
  expect(now.KmsKeyId).toBe('alias/fake-key');
  expect(Object.fromEntries(now.Tags.map(({ Key, Value }: any) => [Key, Value]))).toEqual({ team: 'b', new: '' });
  expect(Object.keys(now.VersionIdsToStages)).toHaveLength(1);
  expect((await bridge.calls()).GetSecretValue, 'no value is read for it').toBeUndefined();
});

test('a secret is deleted by its name and restored', async ({ app, colleague, page }) => {
  const [{ ARN }] = await colleague.create({ name: 'app/db', value: VALUE });
  await openDetails(app);
  await page.getByRole('button', { name: 'Delete secret…' }).click();
  await page.getByLabel('Recovery window').fill('7');
  await page.getByRole('button', { name: 'Continue' }).click();
  const review = app.changeReview;
  const confirm = review.apply('Schedule deletion');
  await expect(confirm).toBeDisabled();
  expect(await review.table()).toEqual([
    ['Deletion', 'None', 'Scheduled'],
    ['Recovery window', 'None', '7 days'],
  ]);
  await expect(review.word('app/db'), 'the keyboard goes on there').toBeFocused();
  await review.word('app/db').fill('app/db');
  await expectAccessible(app);
  await confirm.click();
  await expect(page.getByTestId('banner-deleted')).toBeVisible();
  const deleted = await colleague.aws('describe-secret', '--secret-id', ARN);
  expect(deleted.DeletedDate).toBeDefined();
  await page.getByTestId('restore-secret').click();
  await expect(page.getByTestId('banner-deleted')).toHaveCount(0);
  expect((await colleague.aws('describe-secret', '--secret-id', ARN)).DeletedDate).toBeUndefined();
});

test('the recovery window that is typed is the one that AWS is asked for', async ({ app, page }) => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbCdEf';
  const asked: object[] = [];
  const endpoint = await Endpoint.start((operation, request) => {
    if (operation === 'DeleteSecret') asked.push(request);
    if (operation !== 'DeleteSecret' && operation !== 'DescribeSecret') return { denied: `not allowed: ${operation}` };
    const deleted = asked.length ? { DeletedDate: 1795000000 } : {};
    return { json: { ARN: arn, Name: 'app/db', ...deleted } };
  });
  await app.openAt(endpoint, 'app/db');
  await app.detail.turnTo('Details');
  await page.getByRole('button', { name: 'Delete secret…' }).click();
  await page.getByLabel('Recovery window').fill('11');
  await page.getByRole('button', { name: 'Continue' }).click();
  await app.changeReview.word('app/db').fill('app/db');
  await app.changeReview.apply('Schedule deletion').click();
  await expect(page.getByTestId('banner-deleted')).toBeVisible();
  expect(asked, 'once, with a window, and never at once').toEqual([{ SecretId: arn, RecoveryWindowInDays: 11 }]);
  await endpoint.stop();
});

test('a password is generated into a field, by what the database takes', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: { engine: 'oracle', ...VALUE } });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.choose('password', 'Generate a password…');
  const dialog = page.getByTestId('password-dialog');
  await expect(dialog.getByLabel('Length')).toHaveValue('30');
  await expect(dialog.getByLabel('Exclude characters')).toHaveValue(':/@"\'\\&');
  await expect(page.getByTestId('password-strength')).toContainText('Very strong');
  await expect(dialog.getByTestId('mask')).toBeVisible();
  await expectAccessible(app);
  await dialog.getByText('Punctuation').click();
  await dialog.getByLabel('Length').fill('20');
  await page.getByTestId('make-password').click();
  await dialog.getByRole('button', { name: 'Show' }).click();
  const password = await dialog.getByTestId('clear-text').innerText();
  expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
  await page.getByTestId('take-password').click();
  await expect(dialog).toHaveCount(0);
  expect(await page.content(), 'it is behind the mask of its field').not.toContain(password);
  await app.editor.save();
  const saved = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(saved.SecretString).password).toBe(password);
});
