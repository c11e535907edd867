// One marked value goes through every operation on values; afterwards it is stored nowhere.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { LockScreen } from './pages/lock-screen.ts';
import { SOON } from './soon.ts';
import { filesWith, holds, pageText } from './traces.ts';

const CANARY = 'fakecanary7Qz4Xw9';
const EDITED = 'fakecanary8Rb5Yv0';
const PASSPHRASE = 'fakecanary9Tc6Zu1';

/** A text with the word in each encoding. */
function planted(word: string): Record<string, Buffer | string> {
  const text = `before ${word} after`;
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  return {
    plain: text,
    json: JSON.stringify({ deep: [{ text }] }),
    utf16: Buffer.from(text, 'utf16le'),
    hex,
    'hex in capitals': hex.toUpperCase(),
    base64: bytes.toString('base64'),
    'base64 one further': Buffer.from(`x${text}`).toString('base64'),
    'base64 two further': Buffer.from(`xx${text}`).toString('base64url'),
    url: encodeURIComponent(text),
    'url by bytes': hex.replace(/../g, '%$&'),
  };
}

test('the search finds a word in each form in which it could lie', async ({}, testInfo) => {
  const folder = testInfo.outputPath('planted');
  await mkdir(join(folder, 'deep'), { recursive: true });
  const forms = planted(CANARY);
  for (const [name, content] of Object.entries(forms)) {
    await writeFile(join(folder, 'deep', name), content);
    expect(holds(content, CANARY), name).toBe(true);
    expect(holds(content, EDITED), `${name} holds no other word`).toBe(false);
  }
  await writeFile(join(folder, CANARY), 'its name tells');
  expect(await filesWith(folder, CANARY), 'every file is looked into').toHaveLength(Object.keys(forms).length + 1);
});

test.describe('with a keyring of its own', () => {
  test.use({ keyring: 'own' });

  test('the search looks into every item of the keyring', async ({ ownKeyring }) => {
    for (const [name, content] of Object.entries(planted(CANARY))) {
      expect(holds(await ownKeyring!.items(), CANARY), `before ${name}`).toBe(false);
      await ownKeyring!.plant('planted', content);
      expect(holds(await ownKeyring!.items(), CANARY), name).toBe(true);
      await ownKeyring!.plant('planted', 'nothing');
    }
    await ownKeyring!.plant(`connection:${EDITED}`, 'its attribute tells');
    expect(holds(await ownKeyring!.items(), EDITED), 'attributes and labels are looked into').toBe(true);
  });
});

test.describe('with a keyring and a clipboard of its own', () => {
  test.use({ vault: 'folder', keyring: 'own', ownClipboard: true });

  test('a value that was created, read, copied, edited, rolled back and compared is nowhere after the lock', async ({
    app,
    page,
    bridge,
    ownDisplay,
    ownKeyring,
  }, testInfo) => {
    await test.step('created', async () => {
      await app.open();
      await app.createSecret.open();
      await app.createSecret.name.fill('prod/marked');
      await app.createSecret.fillText(CANARY);
      await app.createSecret.submit.click();
      await expect(app.detail.name).toHaveText('prod/marked');
    });
    await test.step('revealed, hidden and copied', async () => {
      await app.detail.revealButton.click();
      await expect(app.detail.clearTexts).toHaveText(CANARY);
      expect(holds(await pageText(page), CANARY), 'the search sees what is shown').toBe(true);
      await app.detail.hideButton.click();
      await expect(app.detail.clearTexts).toHaveCount(0);
      expect(holds(await pageText(page), CANARY), 'hidden').toBe(false);
      await app.detail.copyButton.click();
      await expect.poll(() => ownDisplay!.clipboard(), SOON).toBe(CANARY);
    });
    await test.step('edited', async () => {
      await app.editor.begin();
      await page.getByTestId('show-raw').click();
      await app.editor.raw.fill(EDITED);
      await app.editor.save();
      await expect(app.toasts.last()).toContainText('Saved prod/marked.');
    });
    const { versions } = app.detail;
    await test.step('compared', async () => {
      await app.detail.turnTo('Versions');
      for (const at of [0, 1]) await versions.rows.nth(at).getByTestId('choose-version').check();
      await versions.compareButton.click();
      await versions.compared.revealButton.click();
      await expect(versions.compareDialog).toContainText(CANARY);
      await page.keyboard.press('Escape');
    });
    await test.step('rolled back', async () => {
      await versions.rows.nth(1).getByTestId('make-current').click();
      await versions.plan.compareButton.click();
      await expect(versions.plan.confirm).toBeEnabled();
      await versions.plan.confirm.click();
      await expect(versions.plan.dialog).toHaveCount(0);
    });
    await test.step('half edited again, and locked', async () => {
      await app.detail.turnTo('Value');
      await app.editor.begin();
      await page.getByTestId('show-raw').click();
      await app.editor.raw.fill(`${EDITED} and ${CANARY}`);
      const lock = new LockScreen(page);
      await lock.setPassphrase(PASSPHRASE);
      await lock.lock();
      await expect(lock.passphrase).toBeVisible();
    });

    const logged = Buffer.from(bridge.log);
    expect(logged.length, 'there is a log to search').toBeGreaterThan(0);
    const process = `/proc/${bridge.pid}`;
    const kept = await ownKeyring!.items();
    expect(kept, 'the keys of the vault and of sealed files are there to search').toMatch(/vault:[^]*sealing-key|sealing-key[^]*vault:/);
    for (const word of [CANARY, EDITED, PASSPHRASE]) {
      expect(await filesWith(testInfo.outputPath('home'), word), 'files of the app').toEqual([]);
      expect(holds(logged, word), 'log').toBe(false);
      expect(holds(kept, word), 'keyring').toBe(false);
      expect(holds(await readFile(join(process, 'cmdline')), word), 'arguments').toBe(false);
      expect(holds(await readFile(join(process, 'environ')), word), 'environment').toBe(false);
      expect(holds(await pageText(page), word), 'page').toBe(false);
      expect(holds(await ownDisplay!.clipboard(), word), 'clipboard').toBe(false);
    }
  });
});
