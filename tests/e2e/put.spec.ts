// Saves by put: where somebody is faster, and for an identity that may put and not move stages.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import type { App } from './pages/app.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0003', secret_access_key: 'fake', region: 'eu-west-1' };
const VALUE = { username: 'ops', password: 'fake-old', host: 'db-1' };

const test = base.extend<{ moto: Moto; relay: Relay; other: Colleague }>({
  moto: async ({}, use) => {
    const moto = await Moto.start();
    await use(moto);
    await moto.stop();
  },

  relay: async ({ moto }, use) => {
    const relay = await Relay.start(moto.url);
    await use(relay);
    await relay.stop();
  },

  other: async ({ moto }, use) => use(new Colleague({ ...KEY, endpoint: moto.url })),
});

const put = (other: Colleague, value: object) =>
  other.aws('put-secret-value', '--secret-id', 'app/db', '--secret-string', JSON.stringify(value));

const stored = async (other: Colleague): Promise<any> =>
  JSON.parse((await other.aws('get-secret-value', '--secret-id', 'app/db')).SecretString);

async function openThrough(app: App, relay: Relay): Promise<void> {
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'independent', region: 'eu-west-1', endpoint: relay.url });
  await app.connections.save.click();
}

/** An edit that is put over what somebody else saves at the same moment. */
async function putOverTheirs(app: App, relay: Relay, other: Colleague): Promise<void> {
  await other.create({ name: 'app/db', value: VALUE });
  await openThrough(app, relay);
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-mine');
  await app.editor.openReview();
  await app.editor.review.getByText('Write directly with PutSecretValue').click();
  await expect(app.editor.way).toContainText('Put and verify');
  relay.meanwhile = { operation: 'PutSecretValue', act: () => put(other, { first: 'fake', ...VALUE, host: 'db-2' }) };
  await app.editor.saveButton.click();
  await expect(app.page.getByTestId('merge-note')).toContainText('Yours is current');
}

test('a put over what somebody else saved opens a merge that brings theirs back', async ({ app, relay, other, page }) => {
  await putOverTheirs(app, relay, other);
  await page.getByTestId('reveal-sides').click();
  const values = (key: string) => app.editor.mergeRow(key).getByTestId('clear-text');
  await expect(values('host')).toHaveText(['db-1', 'db-2', 'db-1']);
  await expect(values('password')).toHaveText(['fake-old', 'fake-old', 'fake-mine']);
  await expectAccessible(app);
  await page.getByTestId('review-merge').click();
  await expect(app.editor.difference('host').getByTestId('clear-text'), 'now it is mine').toHaveText(['db-1', 'db-2']);
  await expect(app.editor.difference('password'), 'mine is current already').toHaveCount(0);
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(other)).toEqual({ ...VALUE, first: 'fake', host: 'db-2', password: 'fake-mine' });
});

test('who leaves that merge has saved, and is told what was not merged', async ({ app, relay, other, page }) => {
  await putOverTheirs(app, relay, other);
  await page.getByRole('button', { name: 'Close without merging' }).click();
  await expect(app.editor.form, 'there is no edit to go back to').toHaveCount(0);
  await expect(app.toasts.last()).toContainText('was not merged');
  expect(await stored(other)).toEqual({ ...VALUE, password: 'fake-mine' });
});

test('who may not move stages reviews the same value again and puts it', async ({ app, relay, other, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), Buffer.from([0, 1, 2]));
  await other.create({ name: 'app/db', value: VALUE }, { name: 'app/key', value: Buffer.from([0, 1]) });
  relay.denied = 'UpdateSecretVersionStage';
  await openThrough(app, relay);
  await app.catalog.open('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  await app.editor.saveButton.click();
  await expect(app.editor.errorPanel).toContainText('Not you.');
  await expect(app.editor.saveButton, 'this plan is used up').toBeDisabled();
  await page.getByRole('button', { name: 'Review again' }).click();
  await expect(app.editor.way).toContainText('may not move staging labels');
  await app.editor.saveButton.click();
  await expect(app.editor.form).toHaveCount(0);
  expect(await stored(other)).toEqual({ ...VALUE, password: 'fake-new' });

  await app.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(app.editor.saveButton).toBeVisible();
  await rm(join(folder, 'value.bin'));
  await app.editor.saveButton.click();
  await page.getByRole('button', { name: 'Review again' }).click();
  await expect(app.editor.way).toContainText('Put and verify');
  await app.editor.saveButton.click();
  await expect(app.toasts.last()).toContainText('Saved app/key.');
  const now = await other.aws('get-secret-value', '--secret-id', 'app/key');
  expect(Buffer.from(now.SecretBinary, 'base64')).toEqual(Buffer.from([0, 1, 2]));
});
