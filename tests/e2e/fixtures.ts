import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';
import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { OwnDisplay } from './own-display.ts';
import { OwnKeyring } from './own-keyring.ts';
import { App } from './pages/app.ts';
import { Person } from './pages/guards.ts';

interface Options {
  /** Where the vault of a test lies; `folder` is opened by the keyring, or by a passphrase without one. */
  vault: 'memory' | 'folder';
  /** Whether there is one; `own` is this test's alone, `missing` a bus where this test can start one. */
  keyring: boolean | 'own' | 'missing';
  /** Whether the clipboard is this test's alone. */
  ownClipboard: boolean;
  /** What stands in the settings file at the start. */
  settings: string;
}

interface Fixtures {
  /** The keyring of this test alone, where it asked for one. */
  ownKeyring: OwnKeyring | null;
  /** The display whose clipboard is this test's alone, where it asked for one. */
  ownDisplay: OwnDisplay | null;
  /** The real commands, engine and vault: a new one for each test. */
  bridge: BridgeProcess;
  /** Writes into the vault from outside of the window. */
  colleague: Colleague;
  /** Answers the system dialogs. */
  person: Person;
  /** The window; not opened yet, so that a test can write first. */
  app: App;
}

export const test = base.extend<Options & Fixtures>({
  vault: ['memory', { option: true }],
  keyring: [true, { option: true }],
  ownClipboard: [false, { option: true }],
  settings: ['', { option: true }],

  ownDisplay: async ({ ownClipboard }, use) => {
    const own = ownClipboard ? await OwnDisplay.start() : null;
    await use(own);
    await own?.stop();
  },

  ownKeyring: async ({ keyring }, use, testInfo) => {
    const folder = testInfo.outputPath('keyring');
    const own = keyring === 'missing' ? await OwnKeyring.missing(folder) : keyring === 'own' ? await OwnKeyring.start(folder) : null;
    await use(own);
    await own?.stop();
  },

  bridge: async ({ vault, keyring, ownKeyring, ownDisplay, settings }, use, testInfo) => {
    const home = testInfo.outputPath('home');
    await mkdir(join(home, 'config'), { recursive: true });
    if (settings) await writeFile(join(home, 'config/settings.toml'), settings, { mode: 0o600 });
    const env = ownKeyring?.env ?? (keyring ? {} : { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' });
    const bridge = await BridgeProcess.start(home, vault, { ...env, ...ownDisplay?.env });
    await use(bridge);
    await bridge.stop();
  },

  colleague: async ({ bridge }, use) => {
    if (!bridge.vault) throw new Error('the vault is not open');
    await use(new Colleague(bridge.vault));
  },

  person: async ({}, use, testInfo) => use(new Person(testInfo)),

  app: async ({ page, bridge }, use) => {
    const app = new App(page, bridge);
    page.on('pageerror', (error) => app.faults.push(String(error)));
    page.on('console', (message) => {
      // A refused command is an answer like any other; the browser reports its status as an error.
      const isAnswer = message.location().url.includes('/ipc/');
      if (message.type() === 'error' && !isAnswer) app.faults.push(message.text());
    });
    await use(app);
    expect(app.faults, 'the page reports no errors').toEqual([]);
  },
});

/** Fails on accessibility problems. */
export async function expectAccessible(app: App): Promise<void> {
  const before = app.faults.length;
  // Legacy mode stays in this page; another one would take the focus and hide what is revealed.
  const axe = new AxeBuilder({ page: app.page }).setLegacyMode(true).options({ preload: false });
  const { violations } = await axe.analyze();
  // Axe tries a style of its own, which the policy of the page refuses.
  app.faults.splice(before);
  const found = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
  expect(found).toEqual([]);
}

export { expect };
