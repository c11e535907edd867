// Further vaults, each a file where the person wants it: made, opened, shown together, moved, forgotten.
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { BridgeProcess } from './bridge-process.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { App } from './pages/app.ts';
import type { Person } from './pages/guards.ts';

const NO_KEYRING = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
const PASSPHRASE = 'fake recovery one';

/** Makes a vault in this file, with a passphrase of its own. */
async function make(app: App, person: Person, file: string): Promise<void> {
  await person.choose(file);
  await app.chooseInMenu('New vault');
  const dialog = app.dialog('New vault');
  await dialog.getByLabel('Recovery passphrase (recommended)', { exact: true }).fill(PASSPHRASE);
  await dialog.getByLabel('Passphrase again', { exact: true }).fill(PASSPHRASE);
  await dialog.getByRole('button', { name: 'Choose a location' }).click();
  await expect(dialog).toBeHidden({ timeout: 20_000 });
}

async function create(app: App, name: string): Promise<void> {
  await app.createSecret.open();
  await app.createSecret.name.fill(name);
  await app.createSecret.fillText('fake');
  await app.createSecret.submit.click();
  await expect(app.detail.name).toHaveText(name);
}

test('a vault is made as a file, used beside the local one, and forgotten without its file', async ({ app, colleague, person, page }, testInfo) => {
  const file = testInfo.outputPath('Team.latchkey');
  await colleague.create({ name: 'local/db', value: 'fake' });
  await app.openList('1 secret');
  await app.chooseInMenu('New vault');
  await expectAccessible(app);
  await page.keyboard.press('Escape');
  await make(app, person, file);
  await expect(app.connectionName).toHaveText('Team');
  await expect(app.firstRun).toContainText('Team is empty');
  expect(existsSync(file), 'it is one file').toBe(true);
  await create(app, 'team/key');
  await app.catalog.toggleTogether('Local vault');
  await app.catalog.expectNames('local/db', 'team/key');
  await expect(app.catalog.row('team/key')).toContainText('Team · us-east-1');

  await app.chooseInMenu('Connections');
  const line = app.connections.connection('Team');
  await expect(line).toContainText(file);
  await expect(line).toContainText('Change passphrase');
  await expectAccessible(app);
  await line.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/no STS/, 'List secrets: works']);
  await line.getByRole('button', { name: 'Forget' }).click();
  await expect(page.getByTestId('forget-question')).toContainText('Its file and its key');
  await page.getByTestId('forget').click();
  await expect(line).toHaveCount(0);
  await page.keyboard.press('Escape');
  expect(existsSync(file), 'the file stays').toBe(true);

  await app.chooseInMenu('Open a vault');
  await expect(app.connectionName).toHaveText('Team');
  await app.catalog.expectNames('team/key');
});

test('a vault held by another program says by whom, and opens elsewhere by its passphrase', async ({ app, bridge, person, page }, testInfo) => {
  const file = testInfo.outputPath('Team.latchkey');
  await app.open();
  await make(app, person, file);
  await create(app, 'team/key');

  // Another computer: its keyring knows nothing.
  const home = testInfo.outputPath('elsewhere');
  await mkdir(`${home}/exports`, { recursive: true });
  await writeFile(`${home}/exports/chosen`, file);
  const other = await BridgeProcess.start(home, 'memory', NO_KEYRING);
  const elsewhere = new App(page, other);
  await elsewhere.open();
  await elsewhere.chooseInMenu('Open a vault');
  await expect(elsewhere.errorPanel).toContainText(`in use by Latchkey (process ${bridge.pid}`);
  await elsewhere.chooseInMenu('Local vault');
  await expect(elsewhere.firstRun).toBeVisible();
  await elsewhere.chooseInMenu('Team');
  await bridge.stop();
  await elsewhere.errorPanel.getByRole('button', { name: /again/i }).click();
  const pane = page.getByTestId('passphrase');
  await expect(pane).toContainText('Unlock Team');
  const passphrase = pane.getByLabel('Passphrase', { exact: true });
  await passphrase.fill('fake wrong one');
  await pane.getByRole('button', { name: 'Unlock the vault' }).click();
  await expect(page.getByTestId('passphrase-reason')).toContainText('does not open this vault');
  await passphrase.fill(PASSPHRASE);
  await pane.getByRole('button', { name: 'Unlock the vault' }).click();
  await elsewhere.catalog.expectNames('team/key');
  await page.goto('about:blank');
  await other.stop();
});

test('an open vault is backed up into one file, which its passphrase opens elsewhere as it was then', async ({ app, person, page }, testInfo) => {
  const backup = testInfo.outputPath('Backup.latchkey');
  await app.open();
  await make(app, person, testInfo.outputPath('Team.latchkey'));
  await create(app, 'team/key');
  await app.chooseInMenu('Connections');
  const line = app.connections.connection('Team');
  await person.choose(backup);
  await line.getByRole('button', { name: 'Back up' }).click();
  await expect(app.toasts.filter({ hasText: `Backed up the vault to ${backup}.` })).toBeVisible();
  await line.getByRole('button', { name: 'Back up' }).click();
  await expect(line, 'no file is replaced').toContainText('already exists');
  await page.keyboard.press('Escape');
  await create(app, 'team/later');
  await page.goto('about:blank');

  const home = testInfo.outputPath('elsewhere');
  await mkdir(`${home}/exports`, { recursive: true });
  await writeFile(`${home}/exports/chosen`, backup);
  const other = await BridgeProcess.start(home, 'memory', NO_KEYRING);
  const elsewhere = new App(page, other);
  await elsewhere.open();
  await elsewhere.chooseInMenu('Open a vault');
  const pane = page.getByTestId('passphrase');
  await pane.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await pane.getByRole('button', { name: 'Unlock the vault' }).click();
  await elsewhere.catalog.expectNames('team/key');
  await elsewhere.catalog.row('team/key').click();
  await elsewhere.detail.revealButton.click();
  await expect(elsewhere.detail.value).toContainText('fake');
  await page.goto('about:blank');
  await other.stop();
});

test.describe('with the local vault on disk', () => {
  test.use({ vault: 'folder' });

  test('what cannot be added is told, and a vault that is gone waits until it is back', async ({ app, person, page }, testInfo) => {
    const file = testInfo.outputPath('Team.latchkey');
    await app.open();
    const refused = async (path: string, words: string) => {
      await person.choose(path);
      await app.chooseInMenu('Open a vault');
      await expect(app.toasts.filter({ hasText: words })).toBeVisible();
    };
    const photo = testInfo.outputPath('photo.jpg');
    await writeFile(photo, 'no vault');
    await refused(photo, 'is not a Latchkey vault');
    expect(existsSync(`${photo}.lock`), 'nothing is laid beside it').toBe(false);
    await refused(testInfo.outputPath('home/data/vault/vault.db'), 'is the vault of the connection Local vault already');
    await make(app, person, file);
    await refused(file, 'is the vault of the connection Team already');
    await app.chooseInMenu('New vault');
    const dialog = app.dialog('New vault');
    await dialog.getByRole('button', { name: 'Choose a location' }).click();
    await expect(dialog).toContainText('already exists');
    await page.keyboard.press('Escape');

    await page.goto('about:blank');
    await app.bridge.stop();
    await rename(file, `${file}.away`);
    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder');
    const later = new App(page, again);
    await later.open();
    await later.chooseInMenu('Team');
    await expect(later.errorPanel).toContainText('it was moved or deleted. Restore it');
    await later.chooseInMenu('Local vault');
    await expect(later.firstRun).toBeVisible();
    await rename(`${file}.away`, file);
    await later.chooseInMenu('Team');
    await later.errorPanel.getByRole('button', { name: /again/i }).click();
    await expect(later.firstRun).toContainText('Team is empty');
    await page.goto('about:blank');
    await again.stop();
  });

  test('a file of the vault that others could read is closed, and told once', async ({ app, page }, testInfo) => {
    await app.open();
    await page.goto('about:blank');
    await app.bridge.stop();
    const file = testInfo.outputPath('home/data/vault/vault.db');
    await chmod(file, 0o644);
    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder');
    const later = new App(page, again);
    await later.open();
    const notice = later.toasts.filter({ hasText: `Others on this computer could read ${file}` });
    await expect(notice).toBeVisible();
    expect((await stat(file)).mode & 0o777, 'it is closed').toBe(0o600);
    await later.open();
    await expect(later.firstRun).toBeVisible();
    await expect(notice, 'once').toHaveCount(0);
    await page.goto('about:blank');
    await again.stop();
  });
});

test('an empty Region says that it is the Region that is empty', async ({ app, colleague }) => {
  await colleague.create({ name: 'here', value: 'fake' });
  await app.openList('1 secret');
  await app.region.selectOption('eu-west-1');
  await expect(app.firstRun).toContainText('Your vault is empty in Europe (Ireland)');
});
