import { BridgeProcess } from './bridge-process.ts';
import { expect, test } from './fixtures.ts';
import { Desk } from './pages/desk.ts';

test.use({ vault: 'folder', keyring: false });

test('without a keyring a passphrase makes the vault and opens it again', async ({ desk, page, bridge }, testInfo) => {
  await page.goto(bridge.url);
  const pane = page.getByTestId('passphrase');
  await expect(pane).toContainText('Choose a passphrase for your vault');
  await pane.getByLabel('Passphrase', { exact: true }).fill('fake passphrase one');
  await pane.getByLabel('Passphrase again', { exact: true }).fill('fake passphrase two');
  await pane.getByRole('button', { name: 'Make the vault' }).click();
  await expect(pane).toContainText('The two passphrases differ');
  await pane.getByLabel('Passphrase again', { exact: true }).fill('fake passphrase one');
  await pane.getByRole('button', { name: 'Make the vault' }).click();
  await expect(desk.firstRun).toBeVisible({ timeout: 20_000 });
  await desk.createSecret.open();
  await desk.createSecret.name.fill('kept');
  await desk.createSecret.fillText('fake');
  await desk.createSecret.submit.click();
  await expect(desk.detail.name).toHaveText('kept');
  await page.goto('about:blank');
  await bridge.stop();

  const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', {
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
  });
  const reopened = new Desk(page, again);
  await page.goto(again.url);
  await expect(pane).toContainText('Unlock your vault');
  await pane.getByLabel('Passphrase', { exact: true }).fill('fake and wrong');
  await pane.getByRole('button', { name: 'Unlock the vault' }).click();
  await expect(pane).toContainText('passphrase', { ignoreCase: true });
  await expect(pane.getByTestId('passphrase-reason')).not.toContainText('fake and wrong');
  await pane.getByLabel('Passphrase', { exact: true }).fill('fake passphrase one');
  await pane.getByRole('button', { name: 'Unlock the vault' }).click();
  await reopened.catalog.expectNames('kept');
  await page.goto('about:blank');
  await again.stop();
});
