// The OS keyring is missing, locked, or stops: the message, and continuing without a restart.
import type { Page } from '@playwright/test';
import { BridgeProcess } from './bridge-process.ts';
import { Endpoint } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import { App } from './pages/app.ts';

const test = base.extend<{ endpoint: Endpoint }>({
  endpoint: async ({}, use) => {
    const endpoint = await Endpoint.start(() => ({ json: { SecretList: [] } }));
    await use(endpoint);
    await endpoint.stop();
  },
});

test.use({ vault: 'folder', keyring: 'missing' });

const SECRET = 'fake/secret+access+key';

async function fillKey(app: App, name: string, endpoint: Endpoint): Promise<void> {
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name, secretAccessKey: SECRET, region: 'eu-west-1', endpoint: endpoint.url });
}

async function makeVault(page: Page): Promise<void> {
  const pane = page.getByTestId('passphrase');
  await pane.getByLabel('Passphrase', { exact: true }).fill('fake passphrase one');
  await pane.getByLabel('Passphrase again', { exact: true }).fill('fake passphrase one');
  await pane.getByRole('button', { name: 'Create the vault' }).click();
}

test('without a Secret Service a key is not saved, what was typed stays, and one that is started takes it', async ({
  app,
  page,
  endpoint,
  ownKeyring,
  bridge,
}, testInfo) => {
  await page.goto(bridge.url);
  const reason = page.getByTestId('passphrase-reason');
  await expect(reason).toContainText('Start one (on Linux a Secret Service such as gnome-keyring or KWallet');
  await expect(reason).toContainText('Or make a new vault with a passphrase.');
  await expectAccessible(app);
  await makeVault(page);
  await expect(app.firstRun).toBeVisible({ timeout: 20_000 });

  await fillKey(app, 'ops', endpoint);
  const { form, save } = app.connections;
  await save.click();
  await expect(form.getByTestId('error-panel')).toContainText('No OS keyring is available');
  await expect(form.getByTestId('error-panel')).toContainText('gnome-keyring or KWallet');
  await expect(form.getByLabel('Secret access key', { exact: true })).toHaveValue(SECRET);
  await expectAccessible(app);

  await ownKeyring!.resume();
  await save.click();
  await expect(app.connectionName).toHaveText('ops');
  await app.catalog.expectNames();
  await page.goto('about:blank');
  await bridge.stop();

  const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', ownKeyring!.env);
  expect(await again.invoke('list_connections', {})).toMatchObject({ list: [{}, { name: 'ops', state: { state: 'ready' } }] });
  await again.stop();
});

test('where the journal lasts no longer than the window, the questions before a change say so', async ({ app, page, bridge }) => {
  await page.goto(bridge.url);
  await makeVault(page);
  await expect(app.firstRun).toBeVisible({ timeout: 20_000 });
  await app.createSecret.open();
  await app.createSecret.name.fill('app/db');
  await app.createSecret.fillText('{"password":"fake-old"}');
  await app.createSecret.submit.click();
  await expect(app.detail.name).toHaveText('app/db');
  await app.editor.begin();
  await app.editor.type('password', 'fake-new');
  await app.editor.openReview();
  const note = page.getByTestId('journal-note');
  await expect(note).toContainText('Without a keyring the journal lasts only until Latchkey closes');
  await expectAccessible(app);
  await app.editor.saveButton.click();
  await app.toasts.getByRole('button', { name: 'Undo…' }).click();
  await expect(app.detail.versions.plan.dialog).toBeVisible();
  await expect(note).toContainText('cannot be found again');
});

test('a vault whose key is in a keyring that is not there opens once it is started', async ({ app, page, bridge, ownKeyring }, testInfo) => {
  await ownKeyring!.resume();
  await page.goto(bridge.url);
  await page.getByTestId('ask-keyring').click();
  await expect(app.firstRun, 'the keyring that came later makes the vault').toBeVisible();
  await page.goto('about:blank');
  await bridge.stop();
  await ownKeyring!.lock();

  const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', ownKeyring!.env);
  const locked = new App(page, again);
  await page.goto(again.url);
  await expect(locked.errorPanel).toContainText('The OS keyring is locked. Unlock it with its password, then try again.');
  await expectAccessible(locked);
  await locked.errorPanel.getByRole('button', { name: 'Try again' }).click();
  await expect(locked.errorPanel, 'it is told again, and nothing hangs').toContainText('The OS keyring is locked');
  await ownKeyring!.resume();
  await locked.errorPanel.getByRole('button', { name: 'Try again' }).click();
  await expect(locked.firstRun).toBeVisible();
  await page.goto('about:blank');
  await again.stop();
});

test.describe('with a keyring that ends', () => {
  test('work goes on, what needs it is told, and nothing is lost', async ({ app, page, bridge, endpoint, ownKeyring }, testInfo) => {
    await ownKeyring!.resume();
    await page.goto(bridge.url);
    await page.getByTestId('ask-keyring').click();
    await expect(app.firstRun).toBeVisible();
    await fillKey(app, 'before', endpoint);
    await app.connections.save.click();
    await expect(app.connectionName).toHaveText('before');
    await page.reload();

    await ownKeyring!.kill();
    await app.createSecret.open();
    await app.createSecret.name.fill('made/without');
    await app.createSecret.fillText('fake');
    await app.createSecret.submit.click();
    await expect(app.detail.name, 'the open vault needs no keyring').toHaveText('made/without');
    await fillKey(app, 'after', endpoint);
    const { form, save } = app.connections;
    await save.click();
    await expect(form.getByTestId('error-panel')).toContainText('No OS keyring is available');
    await expect(form.getByLabel('Secret access key', { exact: true })).toHaveValue(SECRET);
    expect((await bridge.invoke('list_connections', {})).list.map((one: any) => one.name)).toEqual(['Local vault', 'before']);

    await ownKeyring!.resume();
    await save.click();
    await expect(app.connectionName).toHaveText('after');
    await page.goto('about:blank');
    await bridge.stop();

    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', ownKeyring!.env);
    const { list } = await again.invoke('list_connections', {});
    expect(list.map((one: any) => one.name)).toEqual(['Local vault', 'before', 'after']);
    for (const connection of list.slice(1).map((one: any) => one.id)) {
      const scope = { connection, region: 'eu-west-1' };
      expect(await again.invoke('load_inventory', { scope }), 'its key is still there').toMatchObject({ failure: null });
    }
    const journal = await again.invoke('search_journal', { text: '', unfinished_only: false, offset: 0, limit: 10 });
    expect(journal.problems).toEqual([]);
    expect(journal.entries.map((entry: any) => entry.secret_name), 'what was done without a key is on the disk').toContain('made/without');
    await again.stop();
  });
});
