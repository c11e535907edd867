// A credential goes from the real window into a real keyring, is there after a restart, and leaves when it is forgotten.
import { expect } from '@playwright/test';
import { By } from 'selenium-webdriver';
import { Colleague } from '../e2e/colleague.ts';
import { VaultProcess } from '../e2e/endpoints.ts';
import { OwnKeyring } from '../e2e/own-keyring.ts';
import { byTestId, PATIENCE, row, test as base, Window } from './window.ts';

const test = base.extend<{ keyring: OwnKeyring; vault: VaultProcess }>({
  keyring: async ({}, use, testInfo) => {
    const keyring = await OwnKeyring.start(testInfo.outputPath('keyring'));
    await use(keyring);
    await keyring.stop();
  },
  vault: async ({}, use) => {
    const vault = await VaultProcess.start();
    await use(vault);
    await vault.stop();
  },
  window: async ({ keyring }, use) => {
    const window = await Window.open(keyring.env);
    await use(window);
    await window.close();
  },
});

test('an access key lies in the keyring, opens its connection after a restart, and is gone when forgotten', async ({
  window,
  keyring,
  vault,
}) => {
  const { access_key_id, secret_access_key, endpoint } = vault.access;
  await new Colleague(vault.access).create({ name: 'signed/by/the/key' });
  await window.shows(byTestId('first-run'));
  await window.choose('Connection: Local vault', 'Add an access key…');
  await window.fill('Name', 'other vault');
  await window.fill('Access key ID', access_key_id);
  await window.fill('Secret access key', secret_access_key);
  await window.fill('Endpoint URL (optional)', endpoint);
  await window.pressButton('Save');
  await window.agree(`Connect other vault to ${new URL(endpoint).host}?`);
  await window.shows(row('signed/by/the/key'));
  expect(await keyring.items()).toContain(secret_access_key);
  expect(await window.driver.getPageSource(), 'the window does not keep it').not.toContain(secret_access_key);

  await window.restart();
  await window.choose('Connection: Local vault', 'other vault (endpoint)');
  await window.shows(row('signed/by/the/key'));

  await window.choose('Connection: other vault', 'Connections…');
  await window.press(By.xpath('//*[@data-testid="connection" and contains(., "other vault")]//button[.="Forget"]'));
  await window.press(byTestId('forget'));
  await window.driver.wait(async () => !(await keyring.items()).includes(secret_access_key), PATIENCE);
  expect(await keyring.items(), 'the keys of the local vault stay').toContain('vault:');
  await window.shows(byTestId('toast'));
});
