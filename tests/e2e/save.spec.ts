// Saving a value: reviewed first, how it is written, and never over somebody else's edit.
import { expect, expectAccessible, test } from './fixtures.ts';

const VALUE = { username: 'ops', password: 'fake-old', port: 5432 };

test('the review says what changes and how, masked until asked', async ({ app, colleague, page }) => {
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await expect(app.editor.differences).toHaveCount(1);
  await expect(app.editor.difference('password')).toContainText('changed');
  await expect(app.editor.review).toContainText('2 keys stay the same');
  await expect(app.editor.way).toContainText('Swap');
  await expect(page.getByTestId('version-quota')).toContainText('1 of 100');
  await expect(app.editor.review.getByTestId('clear-text')).toHaveCount(0);
  await expectAccessible(app);
  await page.getByTestId('reveal-sides').click();
  await expect(app.editor.difference('password').getByTestId('clear-text')).toHaveText(['fake-old', 'fake-new']);

  await app.editor.review.getByText('Write directly with PutSecretValue').click();
  await expect(app.editor.way).toContainText('Put and verify');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  const now = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(now.SecretString)).toEqual({ ...VALUE, password: 'fake-new' });
  expect(now.VersionStages).toEqual(['AWSCURRENT']);
});

test('a save is taken back from its notice, which stays within reach above the preview', async ({ app, colleague }) => {
  const [{ ARN, VersionId }] = await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.save();
  const notice = app.toasts.filter({ hasText: 'Saved app/db.' });
  await notice.getByRole('button', { name: 'Undo…' }).click();
  const { plan } = app.detail.versions;
  await expect(plan.dialog).toContainText('Undo the last change to app/db?');
  await expect(plan.dialog).toContainText(`Make ${VersionId.slice(0, 8)} current`);
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toHaveCount(0);
  await expect(plan.dialog, 'the notice alone went').toBeVisible();
  await expectAccessible(app);
  await plan.confirm.click();
  await expect(plan.dialog).toHaveCount(0);
  const { VersionIdsToStages: stages } = await colleague.aws('describe-secret', '--secret-id', ARN);
  expect(stages[VersionId]).toEqual(['AWSCURRENT']);
  await expect(app.toasts.filter({ hasText: 'is now AWSCURRENT' }), 'and is seen once the dialog is gone').toBeVisible();
});

test('a swap leaves no label of its own behind', async ({ app, colleague }) => {
  const [{ ARN, VersionId }] = await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.save();
  const { VersionIdsToStages: stages } = await colleague.aws('describe-secret', '--secret-id', ARN);
  expect(stages[VersionId]).toEqual(['AWSPREVIOUS']);
  expect(Object.values(stages).flat().sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  await expect(app.detail.versionPicker).toContainText('AWSCURRENT');
});

test('a pending rotation is not abandoned without the name', async ({ app, colleague, page }) => {
  const [{ ARN }] = await colleague.create({ name: 'app/db', value: VALUE });
  await colleague.aws(
    'put-secret-value', '--secret-id', ARN, '--secret-string', '{"password":"fake-pending"}',
    '--version-stages', 'AWSPENDING',
  );
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await expect(page.getByTestId('effects')).toContainText('AWSPENDING');
  await expect(app.editor.saveButton).toBeDisabled();
  const typed = page.getByLabel('Type app/db to save anyway');
  await typed.fill('app/DB');
  await expect(app.editor.saveButton, 'the name is taken letter by letter').toBeDisabled();
  await typed.fill('app/db');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  const read = async (stage: string) => {
    const answer = await colleague.aws('get-secret-value', '--secret-id', ARN, '--version-stage', stage);
    return JSON.parse(answer.SecretString).password;
  };
  expect([await read('AWSCURRENT'), await read('AWSPENDING')]).toEqual(['fake-new', 'fake-pending']);
});

test('a review that is too old is made anew', async ({ app, colleague, bridge, page }) => {
  await colleague.create({ name: 'app/db', value: VALUE });
  await app.openList('1 secret');
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await bridge.advance(180);
  await app.editor.saveButton.click();
  await expect(app.editor.errorPanel).toContainText('has expired');
  const { PutSecretValue, UpdateSecretVersionStage } = await bridge.calls();
  expect([PutSecretValue, UpdateSecretVersionStage], 'nothing was sent').toEqual([undefined, undefined]);
  await page.getByRole('button', { name: 'Review again' }).click();
  await expect(app.editor.errorPanel).toHaveCount(0);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  const now = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
  expect(JSON.parse(now.SecretString)).toEqual({ ...VALUE, password: 'fake-new' });
});

test('a secret that is scheduled for deletion is not edited', async ({ app, colleague, page }) => {
  const [{ ARN }] = await colleague.create({ name: 'app/db', value: VALUE });
  await colleague.aws('delete-secret', '--secret-id', ARN);
  await app.open();
  await app.openByText('app/db');
  await expect(page.getByTestId('banner-deleted')).toBeVisible();
  await expect(page.getByTestId('edit-value')).toHaveCount(0);
  await page.keyboard.press('Control+e');
  await expect(app.errorPanel).toContainText('scheduled for deletion');
});
