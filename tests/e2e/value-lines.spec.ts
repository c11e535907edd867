// The lines for the AWS CLI that store a value: they read it from a file, and do what the review shows.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Access } from './bridge-process.ts';
import type { Colleague } from './colleague.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { typeLines } from './terminal.ts';

const DESCRIPTION = `it's "fake" $HOME`;

test.beforeEach(({ context, bridge }) =>
  context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(bridge.url).origin }),
);

async function copied(page: Page): Promise<string> {
  await page.getByText('AWS CLI equivalent').click();
  await expect(page.getByTestId('cli-note')).toContainText('a file named value');
  await page.getByRole('button', { name: 'Copy as AWS CLI' }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Types the lines in a folder with a file that holds this value. */
async function typeWithValue(access: Access, lines: string, value: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'value-'));
  await writeFile(join(folder, 'value'), value);
  await typeLines(access, `cd ${folder}\n${lines}`);
}

/** A secret as an independent client sees it, without what differs between two secrets made alike. */
async function picture(colleague: Colleague, name: string) {
  const [seen, read] = await colleague.call(['describe_secret', { SecretId: name }], ['get_secret_value', { SecretId: name }]);
  const { Description, KmsKeyId, Tags } = seen;
  return { Description, KmsKeyId, Tags, SecretString: read.SecretString, VersionStages: read.VersionStages };
}

test('a creation: its line makes the secret that the review shows', async ({ app, page, colleague, bridge }) => {
  await app.open();
  const form = app.createSecret;
  await form.open();
  await form.name.fill('app/new');
  await form.description.fill(DESCRIPTION);
  await form.fillFields({ password: 'fake-canary' });
  await form.fillTags({ [`it's, "a" $key`]: '[x]=y' });
  await form.dialog.getByRole('button', { name: 'Review' }).press('Enter');
  await expect(form.review).toBeVisible();
  expect(await form.reviewed()).toEqual([
    ['Name', 'app/new'],
    ['Description', DESCRIPTION],
    ['Value', expect.stringContaining('SecretString, 26')],
    ['Encryption key', 'aws/secretsmanager'],
    [`Tag it's, "a" $key`, '[x]=y'],
  ]);
  await expectAccessible(app);
  const line = await copied(page);
  expect(line, 'a value is in no line').not.toContain('canary');
  expect((await bridge.calls()).CreateSecret, 'a review writes nothing').toBeUndefined();

  await form.review.getByRole('button', { name: 'Back' }).click();
  await expect(form.name, 'nothing typed is lost').toHaveValue('app/new');
  await form.submit.click();
  await expect(app.detail.name).toHaveText('app/new');
  const made = await picture(colleague, 'app/new');
  await typeWithValue(bridge.vault!, line.replace('app/new', 'app/twin'), made.SecretString);
  expect(await picture(colleague, 'app/twin')).toEqual(made);
});

test('a creation on a connection that asks is reviewed first', async ({ app, colleague }) => {
  await app.open();
  await app.chooseInMenu('Edit this connection');
  await app.editConnection.choose('Confirm');
  await app.editConnection.save.click();
  await app.connections.close();
  const form = app.createSecret;
  await form.open();
  await form.name.fill('app/new');
  await form.fillText('fake');
  await form.submit.click();
  await expect(form.review).toBeVisible();
  await form.submit.press('Enter');
  await expect(app.detail.name).toHaveText('app/new');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'app/new')).SecretString).toBe('fake');
});

const OLD = '{"user":"fake","password":"fake-old"}';
const NEW = '{"user":"fake","password":"fake-new"}';

for (const [way, count, isPut] of [
  ['a swap', 4, false],
  ['a put', 1, true],
] as const) {
  test(`${way}: its lines store the value as the review shows`, async ({ app, page, colleague, bridge }) => {
    const [{ VersionId: first }] = await colleague.create({ name: 'app/db', value: OLD });
    await app.openList('1 secret');
    await app.catalog.open('app/db');
    await app.detail.turnTo('Value');
    const editor = app.editor;
    await editor.begin();
    await editor.type('password', 'fake-new');
    await editor.openReview();
    await expect(editor.review).toBeVisible();
    if (isPut) await editor.review.getByText('Write directly with PutSecretValue').click();
    await expect(editor.way).toContainText(isPut ? 'Put and verify' : 'Swap');
    const lines = await copied(page);
    expect(lines.split('\n')).toHaveLength(count);
    expect(lines, 'a value is in no line').not.toContain('fake-new');
    await editor.review.getByRole('button', { name: 'Back' }).click();
    expect((await bridge.calls()).PutSecretValue, 'a review writes nothing').toBeUndefined();

    await typeWithValue(bridge.vault!, lines, NEW);
    const read = await colleague.aws('get-secret-value', '--secret-id', 'app/db');
    expect([read.SecretString, read.VersionStages]).toEqual([NEW, ['AWSCURRENT']]);
    const { VersionIdsToStages } = await colleague.aws('describe-secret', '--secret-id', 'app/db');
    expect(VersionIdsToStages).toEqual({ [first]: ['AWSPREVIOUS'], [read.VersionId]: ['AWSCURRENT'] });
  });
}
