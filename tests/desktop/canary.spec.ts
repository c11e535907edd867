// A value used in the real window is afterwards in none of its files, including WebKit's.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { By, Key } from 'selenium-webdriver';
import { run } from '../e2e/colleague.ts';
import { OwnKeyring } from '../e2e/own-keyring.ts';
import { SOON } from '../e2e/soon.ts';
import { filesWith, holds } from '../e2e/traces.ts';
import { byTestId, PATIENCE, test as base, Window } from './window.ts';

/** A word that stands in no file, so not in what is kept of this one either. */
const newWord = (start: string) => `fake${start}${randomBytes(8).toString('hex')}`;

const CANARY = newWord('canary');
const EDITED = newWord('edited');
const HALF = newWord('half');
const PASSPHRASE = newWord('passphrase');
const PLANTED = newWord('planted');

/** A home with the folders of a real one, all below `root`: the program knows no other place. */
const test = base.extend<{ root: string; keyring: OwnKeyring }>({
  root: async ({}, use, testInfo) => {
    const root = testInfo.outputPath('root');
    for (const folder of ['home', 'config', 'cache', 'state', 'data', 'tmp']) await mkdir(join(root, folder), { recursive: true });
    await use(root);
  },
  keyring: async ({ root }, use) => {
    const keyring = await OwnKeyring.start(join(root, 'data'));
    await use(keyring);
    await keyring.stop();
  },
  window: async ({ root, keyring }, use) => {
    const at = (folder: string) => join(root, folder);
    const log = await open(at('log'), 'w');
    const places = { HOME: at('home'), TMPDIR: at('tmp'), XDG_CONFIG_HOME: at('config'), XDG_CACHE_HOME: at('cache'), XDG_STATE_HOME: at('state') };
    const window = await Window.open({ ...keyring.env, ...places, LATCHKEY_HOME: undefined }, log.fd);
    await use(window);
    await window.close();
    await log.close();
  },
});

const clipboard = () => run(['xclip', '-selection', 'clipboard', '-o'], {}).catch(() => '');

/** What the processes of the window were started with: arguments and environment. */
async function startedWith(root: string): Promise<Buffer[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`).catch(() => Buffer.alloc(0));
  const found: Buffer[] = [];
  for (const pid of pids) {
    const environment = await read(pid, 'environ');
    if (environment.includes(`TMPDIR=${root}/tmp`)) found.push(environment, await read(pid, 'cmdline'));
  }
  return found;
}

async function replaceText(window: Window, text: string): Promise<void> {
  await window.press(byTestId('edit-value'));
  await window.press(byTestId('show-raw'));
  await window.type(byTestId('raw-text'), text);
}

test('the search looks into what WebKit keeps of the window', async ({ window, root }) => {
  await window.shows(byTestId('first-run'));
  expect(await filesWith(root, PLANTED)).toEqual([]);
  await window.driver.executeScript(`localStorage.setItem('planted', '${PLANTED}')`);
  // WebKit writes it to the disk in its own time.
  const files = async () => (await filesWith(root, PLANTED)).join('\n');
  await expect.poll(files, { ...SOON, timeout: PATIENCE }).toContain('dev.latchkey.console/localstorage/');
  await window.quit();
  expect(await files(), 'and closed too').toContain('dev.latchkey.console/localstorage/');
});

test('a value that was created, shown, copied, edited and rolled back is in no file of the window, locked or closed', async ({
  window,
  root,
  keyring,
}) => {
  const { driver } = window;
  const clear = () => window.text(byTestId('clear-text'));
  await test.step('created, shown and copied', async () => {
    await window.press(byTestId('create-first-secret'));
    await window.fill('Name', 'prod/marked');
    await window.press(By.xpath('//label[normalize-space()="Plain text"]'));
    await window.fill('Text', CANARY);
    await window.press(byTestId('create-secret', ' button[type="submit"]'));
    await window.press(byTestId('reveal'));
    expect(await clear()).toBe(CANARY);
    expect(holds(await driver.getPageSource(), CANARY), 'the search sees what is shown').toBe(true);
    await window.press(byTestId('hide'));
    await window.press(byTestId('copy-value'));
    await expect.poll(clipboard, { ...SOON, timeout: PATIENCE }).toBe(CANARY);
  });
  await test.step('edited', async () => {
    await replaceText(window, EDITED);
    await window.press(byTestId('review-value'));
    await window.press(byTestId('reveal-sides'));
    await window.press(byTestId('save-value'));
    await window.expectCount(byTestId('value-editor'), 0);
  });
  await test.step('rolled back', async () => {
    await window.press(By.id('tab-versions'));
    await window.press(byTestId('make-current'));
    await window.press(byTestId('compare-target'));
    await window.press(byTestId('reveal-difference'));
    await window.press(byTestId('confirm-plan'));
    await window.expectCount(byTestId('stage-plan'), 0);
    await window.press(By.id('tab-value'));
    await window.press(byTestId('reveal'));
    expect(await clear(), 'it is the first value again').toBe(CANARY);
  });
  await test.step('half edited again, and locked', async () => {
    await replaceText(window, HALF);
    await window.press(byTestId('settings-button'));
    await window.pressButton('Set a passphrase…');
    await window.fill('New passphrase', PASSPHRASE);
    await window.fill('New passphrase again', PASSPHRASE);
    await window.pressButton('Set the passphrase');
    await window.expectCount(By.xpath('//label[normalize-space()="New passphrase"]'), 0);
    await driver.actions().keyDown(Key.CONTROL).keyDown(Key.SHIFT).sendKeys('L').keyUp(Key.SHIFT).keyUp(Key.CONTROL).perform();
    await window.shows(byTestId('lock-screen'));
  });

  const words = [CANARY, EDITED, HALF, PASSPHRASE];
  // The temporary folder of all tests too: whoever is not told of another one writes there.
  const folders = [root, tmpdir()];
  const expectNoTrace = async (when: string) => {
    for (const word of words) {
      for (const folder of folders) expect(await filesWith(folder, word), `files of the window, ${when}`).toEqual([]);
      expect(holds(await clipboard(), word), `clipboard, ${when}`).toBe(false);
    }
  };
  const started = await startedWith(root);
  expect(started.length, 'the program and the processes of WebKit').toBeGreaterThan(4);
  await expectNoTrace('locked');
  for (const word of words) {
    expect(started.some((text) => holds(text, word)), 'arguments and environment').toBe(false);
    expect(holds(await driver.getPageSource(), word), 'page').toBe(false);
    expect(holds(await keyring.items(), word), 'keyring').toBe(false);
  }
  expect(await filesWith(root, 'vault.db'), 'the vault lies where it was looked').not.toEqual([]);
  expect(await filesWith(root, 'latchkey'), 'and what the program said').toContain(join(root, 'log'));
  expect(await filesWith(tmpdir(), 'keyring-'), 'and the folder that the keyring runs in').toContain(keyring.env.XDG_RUNTIME_DIR);
  await window.quit();
  await expectNoTrace('closed');
});
