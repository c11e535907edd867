// The real window: what no browser can prove. It is one journey, in the order in which a person would go.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Builder, By, until, type WebDriver, type WebElement } from 'selenium-webdriver';
import { ROOT, TARGET } from '../e2e/bridge-process.ts';
import { run } from '../e2e/colleague.ts';
import { freePort } from '../e2e/endpoints.ts';

const AWS = join(ROOT, 'tests/.venv/bin/aws');
const PATIENCE = 20_000;

let server: ChildProcess;
let driver: WebDriver;

test.beforeAll(async () => {
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), 'latchkey-window-'));
  server = spawn('WebKitWebDriver', [`--port=${port}`], {
    env: { ...process.env, LATCHKEY_HOME: home, TAURI_WEBVIEW_AUTOMATION: 'true' },
    stdio: 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(`${url}/status`).then(() => true, () => false)).toBe(true);
  driver = await new Builder()
    .usingServer(url)
    .withCapabilities({
      browserName: 'wry',
      'webkitgtk:browserOptions': { binary: join(TARGET, 'debug/latchkey'), args: [] },
    })
    .build();
});

test.afterAll(async () => {
  await driver?.quit();
  server?.kill();
});

const byTestId = (id: string, more = '') => By.css(`[data-testid="${id}"]${more}`);
const row = (name: string) => byTestId('catalog-row', `[data-name="${name}"]`);

async function find(locator: By): Promise<WebElement> {
  const element = await driver.wait(until.elementLocated(locator), PATIENCE);
  return driver.wait(until.elementIsVisible(element), PATIENCE);
}

async function press(locator: By): Promise<void> {
  await (await find(locator)).click();
}

async function picture(name: string): Promise<void> {
  const folder = join(ROOT, 'tests/artifacts/desktop');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), await driver.takeScreenshot(), 'base64');
  await run(['import', '-window', 'root', join(folder, `${name}-screen.png`)], {});
}

test('what the AWS CLI writes is listed, searched, opened and revealed in the window', async () => {
  await find(byTestId('first-run'));
  await press(byTestId('copy-exports'));
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

  await press(byTestId('refresh-button'));
  await find(row('staging/payments/db'));
  expect(await driver.findElements(byTestId('catalog-row'))).toHaveLength(3);

  const search = await find(byTestId('search-input'));
  await search.sendKeys('tag-value:payments');
  await driver.wait(async () => (await driver.findElements(byTestId('catalog-row'))).length === 1, PATIENCE);

  await press(row('prod/payments/db'));
  await driver.wait(until.elementTextIs(await find(byTestId('detail-name')), 'prod/payments/db'), PATIENCE);
  const sealed = await driver.getPageSource();
  expect(sealed, 'opening a secret reads no value').not.toContain('fake-password');

  await press(byTestId('reveal'));
  const field = byTestId('value-field', '[data-key="password"]');
  const value = await (await find(field)).findElement(byTestId('clear-text'));
  expect(await value.getText()).toBe('fake-password');
  await picture('revealed');

  await press(byTestId('hide'));
  await driver.wait(async () => !(await driver.getPageSource()).includes('fake-password'), PATIENCE);
});

test('the window holds to its policy', async () => {
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

test('the window does not leave its page', async () => {
  const before = await driver.getCurrentUrl();
  await driver.executeScript(`location.href = 'http://127.0.0.1:9/'`);
  await driver.executeScript(`window.open('http://127.0.0.1:9/')`);
  await find(byTestId('topbar'));
  expect(await driver.getCurrentUrl()).toBe(before);
  expect(await driver.getAllWindowHandles()).toHaveLength(1);
});

test('the page reaches nothing of Tauri but its commands and events', async () => {
  const found = await driver.executeAsyncScript(`
    const done = arguments[arguments.length - 1];
    const tries = ['plugin:window|close', 'plugin:webview|create_webview', 'plugin:path|resolve_directory', 'read_everything'];
    const refused = tries.map((name) => window.__TAURI_INTERNALS__.invoke(name).then(() => name, () => 'refused'));
    Promise.all(refused).then((answers) => done({ answers, global: '__TAURI__' in window }));
  `);
  expect(found).toEqual({ answers: ['refused', 'refused', 'refused', 'refused'], global: false });
});
