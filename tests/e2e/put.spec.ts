// Saves by put: where somebody is faster, and for an identity that may put and not move stages.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';

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

async function openThrough(desk: Desk, relay: Relay): Promise<void> {
  await desk.open();
  await desk.chooseInMenu('Add an access key');
  await desk.connections.fill({ name: 'independent', region: 'eu-west-1', endpoint: relay.url });
  await desk.connections.save.click();
}

/** An edit that is put over what somebody else saves at the same moment. */
async function putOverTheirs(desk: Desk, relay: Relay, other: Colleague): Promise<void> {
  await other.create({ name: 'app/db', value: VALUE });
  await openThrough(desk, relay);
  await desk.catalog.open('app/db');
  await desk.editor.begin();
  await desk.editor.type('password', 'fake-mine');
  await desk.editor.openReview();
  await desk.editor.review.getByText('Write directly with PutSecretValue').click();
  await expect(desk.editor.way).toContainText('Put and verify');
  relay.meanwhile = { operation: 'PutSecretValue', act: () => put(other, { first: 'fake', ...VALUE, host: 'db-2' }) };
  await desk.editor.saveButton.click();
  await expect(desk.page.getByTestId('merge-note')).toContainText('yours is current');
}

test('a put over what somebody else saved opens a merge that brings theirs back', async ({ desk, relay, other, page }) => {
  await putOverTheirs(desk, relay, other);
  await page.getByTestId('reveal-sides').click();
  const values = (key: string) => desk.editor.mergeRow(key).getByTestId('clear-text');
  await expect(values('host')).toHaveText(['db-1', 'db-2', 'db-1']);
  await expect(values('password')).toHaveText(['fake-old', 'fake-old', 'fake-mine']);
  await expectAccessible(desk);
  await page.getByTestId('review-merge').click();
  await expect(desk.editor.difference('host').getByTestId('clear-text'), 'now it is mine').toHaveText(['db-1', 'db-2']);
  await expect(desk.editor.difference('password'), 'mine is current already').toHaveCount(0);
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(other)).toEqual({ ...VALUE, first: 'fake', host: 'db-2', password: 'fake-mine' });
});

test('who leaves that merge has saved, and is told what was not merged', async ({ desk, relay, other, page }) => {
  await putOverTheirs(desk, relay, other);
  await page.getByRole('button', { name: 'Close without merging' }).click();
  await expect(desk.editor.form, 'there is no edit to go back to').toHaveCount(0);
  await expect(desk.toasts.last()).toContainText('was not merged into it');
  expect(await stored(other)).toEqual({ ...VALUE, password: 'fake-mine' });
});

test('who may not move stages reviews the same value again and puts it', async ({ desk, relay, other, page }, testInfo) => {
  const folder = testInfo.outputPath('home', 'exports');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'value.bin'), Buffer.from([0, 1, 2]));
  await other.create({ name: 'app/db', value: VALUE }, { name: 'app/key', value: Buffer.from([0, 1]) });
  relay.denied = 'UpdateSecretVersionStage';
  await openThrough(desk, relay);
  await desk.catalog.open('app/db');
  await desk.editor.begin();
  await desk.editor.type('password', 'fake-new');
  await desk.editor.openReview();
  await desk.editor.saveButton.click();
  await expect(desk.editor.errorPanel).toContainText('Not you.');
  await expect(desk.editor.saveButton, 'this plan is used up').toBeDisabled();
  await page.getByRole('button', { name: 'Review again' }).click();
  await expect(desk.editor.way).toContainText('may not move stages');
  await desk.editor.saveButton.click();
  await expect(desk.editor.form).toHaveCount(0);
  expect(await stored(other)).toEqual({ ...VALUE, password: 'fake-new' });

  await desk.catalog.open('app/key');
  await page.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('menuitem', { name: 'Replace from a file…' }).click();
  await expect(desk.editor.saveButton).toBeVisible();
  await rm(join(folder, 'value.bin'));
  await desk.editor.saveButton.click();
  await page.getByRole('button', { name: 'Review again' }).click();
  await expect(desk.editor.way).toContainText('Put and verify');
  await desk.editor.saveButton.click();
  await expect(desk.toasts.last()).toContainText('Saved app/key.');
  const now = await other.aws('get-secret-value', '--secret-id', 'app/key');
  expect(Buffer.from(now.SecretBinary, 'base64')).toEqual(Buffer.from([0, 1, 2]));
});
