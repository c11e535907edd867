// The lock: what it hides, what opens it, and that no command is answered while locked.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BridgeProcess, ROOT } from './bridge-process.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { App } from './pages/app.ts';
import { LockScreen } from './pages/lock-screen.ts';
import { SOON, soon } from './soon.ts';
import { filesWith } from './traces.ts';
import { VaultProgram } from './vault-program.ts';

const RIGHT = 'fake right passphrase';

async function revealOne(app: App): Promise<void> {
  await app.openList('1 secret');
  await app.catalog.open('prod/db');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts.first()).toHaveText('fake-canary');
}

test('without a passphrase the lock hides, says so, and one press opens it', async ({ app, page, colleague, bridge }) => {
  await colleague.create({ name: 'prod/db', value: { password: 'fake-canary' } });
  await revealOne(app);
  const lock = new LockScreen(page);
  await lock.lock();
  await expect(lock.screen).toContainText('this only hides the window');
  expect(await page.content(), 'nothing of the value is left in the page').not.toContain('fake-canary');
  expect(await page.content(), 'nor of the secret').not.toContain('prod/db');
  expect((await bridge.refused('list_connections', {})).code.kind).toBe('Locked');
  await expectAccessible(app);
  await page.reload();
  await expect(lock.screen, 'a reload opens nothing').toBeVisible();
  await lock.open();
  await expect(app.catalog.count).toHaveText('1 secret');
  await expect(app.detail.clearTexts).toHaveCount(0);
});

test('it locks by itself when nobody does anything, also over a dialog, and by the menu', async ({ app, page, bridge }) => {
  await app.open();
  const lock = new LockScreen(page);
  await app.settings.open();
  await bridge.advance(590);
  expect(await bridge.invoke('load_lock', {}), 'not before its ten minutes').toMatchObject({ locked: false });
  await expect(app.settings.dialog).toBeVisible();
  await bridge.advance(20);
  await expect(lock.screen).toBeVisible();
  await expect(app.settings.dialog).toHaveCount(0);
  await lock.open();
  await app.chooseInMenu('Lock');
  await expect(lock.screen).toBeVisible();
});

test.describe('with a passphrase', () => {
  test.use({ vault: 'folder', keyring: 'own' });

  test('the lock is real: the port closes, a wrong passphrase waits, the right one opens', async ({
    app,
    page,
    colleague,
    bridge,
  }) => {
    await colleague.create({ name: 'prod/db', value: { password: 'fake-canary' } });
    await revealOne(app);
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await lock.lock();
    await expect(lock.passphrase).toBeFocused();
    await expectAccessible(app);
    await expect(async () => {
      await expect(fetch(bridge.vault!.endpoint), 'the port of the vault is closed').rejects.toThrow();
    }).toPass(SOON);
    for (const [wait, seconds] of [['1 second', 2], ['2 seconds', 3], ['4 seconds', 5], ['8 seconds', 9]] as const) {
      await lock.unlock('fake wrong passphrase');
      await expect(lock.screen).toContainText(`Wrong passphrase. Try again in ${wait}.`);
      await bridge.advance(seconds);
    }
    await lock.unlock('fake wrong passphrase');
    await expect(lock.screen).toContainText('Try again in 16 seconds.');
    const answered = page.waitForResponse((response) => response.url().includes('/ipc/unlock_console'));
    await lock.unlock(RIGHT);
    expect((await (await answered).json()).message, 'the right one waits too').toMatch(/^Try again in \d+ seconds\.$/);
    await expect(lock.screen).toBeVisible();
    await bridge.advance(17);
    await lock.unlock(RIGHT);
    await expect(app.catalog.count).toHaveText('1 secret');
    await revealOne(app);
  });

  test('an edit that the lock cuts off stays sealed, and goes on after it', async ({ app, page, colleague }, testInfo) => {
    await colleague.create({ name: 'prod/db', value: { user: 'ops', password: 'fake-old' } });
    await app.openList('1 secret');
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await page.keyboard.press('Escape');
    await app.catalog.open('prod/db');
    await app.editor.begin();
    await app.editor.type('password', 'fake-canary');
    await lock.lock();
    await expect(lock.passphrase).toBeVisible();
    expect(await lock.content()).not.toContain('fake-canary');
    expect(await filesWith(testInfo.outputPath('home'), 'fake-canary'), 'sealed').toEqual([]);

    await lock.unlock(RIGHT);
    const reminder = app.toasts.filter({ hasText: 'An edit of prod/db was not saved' });
    await reminder.getByRole('button', { name: 'Continue editing' }).click();
    await expect(app.editor.form).toBeVisible();
    expect(await page.content(), 'masked').not.toContain('fake-canary');
    await app.editor.save();
    await expect(app.toasts.last()).toContainText('Saved prod/db.');
    await app.detail.revealButton.click();
    await expect(app.detail.clearTexts).toHaveText(['ops', 'fake-canary']);
    await page.reload();
    await expect(app.catalog.count).toHaveText('1 secret');
    await expect(reminder, 'what is saved is no draft any more').toHaveCount(0);
  });

  test('it locks with the screen of the session, which is a setting', async ({ app, page, bridge, ownKeyring, colleague }) => {
    await colleague.create({ name: 'prod/db', value: 'fake-canary' });
    await app.openList('1 secret');
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await page.keyboard.press('Escape');
    await app.catalog.open('prod/db');
    await app.detail.revealButton.click();
    await expect(app.detail.clearTexts).toHaveText('fake-canary');
    await ownKeyring!.tellScreenLocked();
    await expect(lock.passphrase).toBeFocused();
    expect(await lock.content()).not.toContain('fake-canary');
    await expect(async () => {
      await expect(fetch(bridge.vault!.endpoint), 'the port of the vault is closed').rejects.toThrow();
    }).toPass(SOON);
    await lock.unlock(RIGHT);
    await expect(app.catalog.count).toHaveText('1 secret');

    await page.getByTestId('settings-button').click();
    const isOn = async () => (await bridge.invoke('load_settings', {})).lock_with_screen;
    await page.getByText('Lock when the screen locks and before sleep').click();
    await expect.poll(isOn, SOON).toBe(false);
    await expectAccessible(app);
    await ownKeyring!.tellScreenLocked();
    await page.getByText('Lock when the screen locks and before sleep').click();
    await expect.poll(isOn, soon('it stayed open, and was turned on again')).toBe(true);
    await ownKeyring!.tellScreenLocked();
    await expect(lock.passphrase).toBeFocused();
  });

  test('it starts locked, and the passphrase can be removed', async ({ app, page, bridge, ownKeyring }, testInfo) => {
    await app.open();
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await page.goto('about:blank');
    await bridge.stop();

    const again = await BridgeProcess.start(testInfo.outputPath('home'), 'folder', ownKeyring!.env);
    const second = new App(page, again);
    await page.goto(again.url);
    expect((await again.refused('load_settings', {})).code.kind).toBe('Locked');
    await lock.unlock(RIGHT);
    await expect(second.firstRun).toBeVisible();
    await page.getByTestId('settings-button').click();
    await page.getByRole('button', { name: 'Change or remove the passphrase…' }).click();
    const dialog = second.dialog('Lock passphrase');
    await expectAccessible(second);
    await dialog.getByLabel('Current passphrase', { exact: true }).fill(RIGHT);
    await dialog.getByRole('button', { name: 'Remove the passphrase' }).click();
    await expect(second.toasts).toContainText('The lock now only hides the window');
    await lock.lock();
    await lock.open();
    await expect(second.firstRun).toBeVisible();
    await page.goto('about:blank');
    await again.stop();
  });

  test('no other program opens the vault, and no deleted entry of the keyring opens the console', async ({
    app,
    page,
    bridge,
    colleague,
    ownKeyring,
  }, testInfo) => {
    await colleague.create({ name: 'prod/db', value: { password: 'fake-canary' } });
    await app.openList('1 secret');
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await page.keyboard.press('Escape');
    await lock.lock();
    await expect(lock.passphrase).toBeVisible();

    const home = testInfo.outputPath('home');
    const serve = (...more: string[]) => VaultProgram.start({ ...ownKeyring!.env, LATCHKEY_HOME: home }, more);
    await expect(serve(), 'there is nobody to ask').rejects.toThrow('Pass it with --lock-passphrase-file.');
    const passphrases = testInfo.outputPath('passphrase');
    await writeFile(passphrases, 'fake wrong passphrase\n');
    await expect(serve('--lock-passphrase-file', passphrases)).rejects.toThrow('Wrong passphrase.');
    await writeFile(passphrases, `${RIGHT}\n`);
    const program = await serve('--lock-passphrase-file', passphrases);
    expect(program.ready, 'the passphrase of the lock opens the vault').toMatchObject({ endpoint: expect.stringContaining('127.0.0.1') });
    await program.stop();
    await page.goto('about:blank');
    await bridge.stop();

    for (const account of await ownKeyring!.accounts()) {
      await ownKeyring!.remove(account);
      const again = await BridgeProcess.start(home, 'folder', ownKeyring!.env);
      expect(await again.invoke('load_lock', {}), `without ${account}`).toMatchObject({ locked: true, has_passphrase: true });
      expect((await again.refused('list_connections', {})).code.kind, `without ${account}`).toBe('Locked');
      await again.stop();
    }
    const again = await BridgeProcess.start(home, 'folder', ownKeyring!.env);
    expect(await again.invoke('load_lock', {}), 'without any entry').toMatchObject({ locked: true, has_passphrase: true });
    const unlocked = await again.invoke('unlock_console', { passphrase: RIGHT });
    expect(unlocked).toMatchObject({ locked: false });
    await again.stop();
  });

  test('what the passphrase needs and is missing is told before it is typed, and looked for again', async ({
    app,
    page,
    bridge,
    ownKeyring,
  }, testInfo) => {
    await app.open();
    const lock = new LockScreen(page);
    await lock.setPassphrase(RIGHT);
    await page.goto('about:blank');
    await bridge.stop();
    const home = testInfo.outputPath('home');
    const [file, aside] = [join(home, 'data/lock.json'), join(home, 'lock.json')];
    await rename(file, aside);
    await ownKeyring!.remove('lock');

    const again = await BridgeProcess.start(home, 'folder', ownKeyring!.env);
    const second = new App(page, again);
    await page.goto(again.url);
    await expect(lock.screen).toContainText('lock.json is missing');
    await expect(lock.passphrase, 'there is nothing that it would open').toHaveCount(0);
    await expectAccessible(second);
    await page.screenshot({ path: join(ROOT, 'tests/artifacts/screens/lock-without-its-file.png') });
    const answered = page.waitForResponse((response) => response.url().includes('/ipc/unlock_console'));
    await page.keyboard.press('Enter');
    expect((await (await answered).json()).message, 'it is missing still').toContain('lock.json is missing');
    await expect(lock.screen).toContainText('lock.json is missing');
    await rename(aside, file);
    await lock.screen.getByRole('button', { name: 'Try again' }).click();
    await expect(lock.passphrase).toBeFocused();
    await lock.unlock(RIGHT);
    await expect(second.firstRun).toBeVisible();
    await page.goto('about:blank');
    await again.stop();
  });

  for (const theme of ['light', 'dark'] as const) {
    test(`the lock screen is accessible in the ${theme} theme`, async ({ app, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await app.open();
      const lock = new LockScreen(page);
      await lock.setPassphrase(RIGHT);
      await lock.lock();
      await expect(lock.passphrase).toBeVisible();
      for (const size of [{ width: 1280, height: 800 }, { width: 900, height: 600 }]) {
        await page.setViewportSize(size);
        const picture = `lock-${theme}-${size.width}x${size.height}.png`;
        await page.screenshot({ path: join(ROOT, 'tests/artifacts/screens', picture) });
        await expectAccessible(app);
      }
    });
  }
});
