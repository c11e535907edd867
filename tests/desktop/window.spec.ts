// The real window: what cannot be tested in a browser.
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { By } from 'selenium-webdriver';
import { ROOT } from '../e2e/bridge-process.ts';
import { run } from '../e2e/colleague.ts';
import { byTestId, PATIENCE, row, test } from './window.ts';

const AWS = join(ROOT, 'tests/.venv/bin/aws');

test('what the AWS CLI writes is listed, searched, opened and revealed in the window', async ({ window }) => {
  const { driver } = window;
  await window.shows(byTestId('first-run'));
  await window.press(byTestId('copy-exports'));
  await expect
    .poll(() => run(['xclip', '-selection', 'clipboard', '-o'], {}).catch(() => ''), { timeout: PATIENCE })
    .toContain('export AWS_SESSION_TOKEN=');
  const exports = await run(['xclip', '-selection', 'clipboard', '-o'], {});
  const shell = (...lines: string[]) => run(['sh', '-eu'], {}, [exports, ...lines].join('\n'));
  const create = `${AWS} secretsmanager create-secret`;
  await shell(
    `${create} --name prod/payments/db --secret-string '{"username":"ops","password":"fake-password"}' \\
       --description 'Main database' --tags Key=team,Value=payments`,
    `${create} --name prod/web/session --secret-string fake`,
    `${create} --name staging/payments/db --secret-string fake`,
  );

  await window.press(byTestId('refresh-button'));
  await window.shows(row('staging/payments/db'));
  await window.expectCount(byTestId('catalog-row'), 3);

  await window.type(byTestId('search-input'), 'tag-value:payments');
  await window.expectCount(byTestId('catalog-row'), 1);

  await window.press(row('prod/payments/db'));
  await window.expectText(byTestId('detail-name'), 'prod/payments/db');
  const sealed = await driver.getPageSource();
  expect(sealed, 'opening a secret reads no value').not.toContain('fake-password');

  await window.press(byTestId('reveal'));
  const value = By.css('[data-testid="value-field"][data-key="password"] [data-testid="clear-text"]');
  expect(await window.text(value)).toBe('fake-password');
  await window.picture('revealed');

  await window.press(byTestId('hide'));
  await driver.wait(async () => !(await driver.getPageSource()).includes('fake-password'), PATIENCE);
});

test('the window holds to its policy', async ({ window: { driver } }) => {
  const refused = await driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    const found = {};
    const elsewhere = fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused');
    const policies = [];
    document.addEventListener('securitypolicyviolation', (event) => policies.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.inline = 1';
    document.head.append(script);
    const image = new Image();
    image.src = 'http://127.0.0.1:9/';
    setTimeout(async () => {
      try { found.evaluated = window.eval('1 + 1'); } catch { found.evaluated = 'refused'; }
      found.elsewhere = await elsewhere;
      found.inline = 'inline' in window;
      found.policies = policies;
      done(found);
    });
  `);
  expect(refused).toMatchObject({ evaluated: 'refused', elsewhere: 'refused', inline: false });
  expect((refused as { policies: string[] }).policies).toContain('connect-src');
});

test('the window does not leave its page', async ({ window }) => {
  const { driver } = window;
  const before = await driver.getCurrentUrl();
  await driver.executeScript(`location.href = 'http://127.0.0.1:9/'`);
  await driver.executeScript(`window.open('http://127.0.0.1:9/')`);
  await window.shows(byTestId('topbar'));
  expect(await driver.getCurrentUrl()).toBe(before);
  expect(await driver.getAllWindowHandles()).toHaveLength(1);
});

test('the page reaches nothing of Tauri but its commands and events', async ({ window: { driver } }) => {
  const found = await driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    const tries = ['plugin:window|close', 'plugin:webview|create_webview', 'plugin:path|resolve_directory', 'read_everything'];
    const refused = tries.map((name) => window.__TAURI_INTERNALS__.invoke(name).then(() => name, () => 'refused'));
    Promise.all(refused).then((answers) => done({ answers, global: '__TAURI__' in window }));
  `);
  expect(found).toEqual({ answers: ['refused', 'refused', 'refused', 'refused'], global: false });
});

test('a second start shows the window that is there, and ends', async ({ window }) => {
  await window.shows(byTestId('first-run'));
  await window.startAgain();
  expect(await window.driver.getAllWindowHandles()).toHaveLength(1);
  await window.press(byTestId('load-samples'));
  await window.shows(row('prod/payments/database'));
});
