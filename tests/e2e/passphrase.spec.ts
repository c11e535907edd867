import { BridgeProcess } from './bridge-process.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { App } from './pages/app.ts';

const NO_KEYRING = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };

test.describe('with a keyring', () => {
  test.use({ vault: 'folder' });

  test('a recovery passphrase is offered with a new vault and opens it without the keyring', async ({
    app,
    page,
    bridge,
    colleague,
  }, testInfo) => {
    await app.open();
    await page.getByTestId('add-recovery-passphrase').click();
    const dialog = app.dialog('Recovery passphrase');
    await expectAccessible(app);
    await dialog.getByLabel('Passphrase', { exact: true }).fill('fake short');
    await dialog.getByRole('button', { name: 'Set the passphrase' }).click();
    await expect(dialog).toContainText('Use at least 12 characters');
    await dialog.getByLabel('Passphrase', { exact: true }).fill('fake recovery one');
    await dialog.getByLabel('Passphrase again', { exact: true }).fill('fake recovery one');
    await dialog.getByRole('button', { name: 'Set the passphrase' }).click();
    await expect(dialog).toBeHidden();
    await expect(app.toasts).toContainText('Recovery passphrase set for the local vault');
    await expect(app.firstRun).not.toContainText('Add a recovery passphrase');
    await app.chooseInMenu('Connections');
    await expect(app.connections.connection('Local vault')).toContainText('Change passphrase');
    await colleague.create({ name: 'kept' });
    await page.goto('about:blank');
    await bridge.stop();

    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', NO_KEYRING);
    await page.goto(again.url);
    const pane = page.getByTestId('passphrase');
    await pane.getByLabel('Passphrase', { exact: true }).fill('fake recovery one');
    await pane.getByRole('button', { name: 'Unlock the vault' }).click();
    await new App(page, again).catalog.expectNames('kept');
    await page.goto('about:blank');
    await again.stop();
  });
});

test.describe('without a keyring', () => {
  test.use({ vault: 'folder', keyring: false });

  test('a passphrase makes the vault and opens it again', async ({ app, page, bridge }, testInfo) => {
    await page.goto(bridge.url);
    const pane = page.getByTestId('passphrase');
    await expect(pane).toContainText('Choose a passphrase for your vault');
    await pane.getByLabel('Passphrase', { exact: true }).fill('fake passphrase one');
    await pane.getByLabel('Passphrase again', { exact: true }).fill('fake passphrase two');
    await pane.getByRole('button', { name: 'Create the vault' }).click();
    await expect(pane).toContainText('The two passphrases differ');
    await pane.getByLabel('Passphrase again', { exact: true }).fill('fake passphrase one');
    await pane.getByRole('button', { name: 'Create the vault' }).click();
    await expect(app.firstRun).toBeVisible({ timeout: 20_000 });
    await app.createSecret.open();
    await app.createSecret.name.fill('kept');
    await app.createSecret.fillText('fake');
    await app.createSecret.submit.click();
    await expect(app.detail.name).toHaveText('kept');
    await page.goto('about:blank');
    await bridge.stop();

    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', NO_KEYRING);
    const reopened = new App(page, again);
    await page.goto(again.url);
    await expect(pane).toContainText('Unlock your vault');
    await pane.getByLabel('Passphrase', { exact: true }).fill('fake and wrong');
    await pane.getByRole('button', { name: 'Unlock the vault' }).click();
    await expect(pane.getByTestId('passphrase-reason')).toContainText('does not open this vault');
    await expect(pane.getByTestId('passphrase-reason')).not.toContainText('fake and wrong');
    await expect(reopened.catalog.grid, 'and nothing is opened').toHaveCount(0);
    await pane.getByLabel('Passphrase', { exact: true }).fill('fake passphrase one');
    await pane.getByRole('button', { name: 'Unlock the vault' }).click();
    await reopened.catalog.expectNames('kept');
    await page.goto('about:blank');
    await again.stop();
  });
});
