// The access key in the environment that the program was started with.
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { Moto } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0012', secret_access_key: 'fake-of-the-environment', region: 'eu-west-1' };

const test = base.extend<{ moto: Moto; secret: string }>({
  /** The variable of the secret access key. */
  secret: [KEY.secret_access_key, { option: true }],

  moto: async ({}, use) => {
    const moto = await Moto.start();
    await use(moto);
    await moto.stop();
  },

  bridge: async ({ moto, secret }, use, testInfo) => {
    const home = testInfo.outputPath('home');
    await mkdir(home, { recursive: true });
    const bridge = await BridgeProcess.start(home, 'memory', {
      BRIDGE_AWS_ACCESS_KEY_ID: KEY.access_key_id,
      BRIDGE_AWS_SECRET_ACCESS_KEY: secret,
      BRIDGE_AWS_REGION: KEY.region,
      BRIDGE_AWS_ENDPOINT_URL: moto.url,
    });
    await use(bridge);
    await bridge.stop();
  },
});

test('the access key of the environment is a connection that cannot be forgotten', async ({ app, moto, person }) => {
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db', value: 'fake' });
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('Environment');
  await expect(app.region).toHaveValue('eu-west-1');
  await app.catalog.expectNames('prod/db');
  await app.chooseInMenu('Connections');
  const line = app.connections.connection(KEY.access_key_id);
  await expect(line).toContainText('Environment');
  await expect(line.getByRole('button', { name: 'Forget' })).toHaveCount(0);
  await line.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText(['Identity: works', 'List secrets: works']);
  await expectAccessible(app);
  expect(await app.page.content(), 'only the id of the key is shown').not.toContain(KEY.secret_access_key);
});

test.describe('with one variable missing', () => {
  test.use({ secret: '' });

  test('the variable is named, and the local vault goes on working', async ({ app }) => {
    await app.open();
    await app.chooseInMenu('Environment');
    await expect(app.errorPanel).toContainText('AWS_SECRET_ACCESS_KEY is not set');
    await app.chooseInMenu('Local vault');
    await expect(app.firstRun).toBeVisible();
  });
});

const behindProxy = base.extend<{ asked: string[]; bridge: BridgeProcess }>({
  /** The hosts that a proxy was asked for; it leads to none. */
  asked: async ({}, use) => use([]),

  bridge: async ({ asked }, use, testInfo) => {
    const proxy: Server = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url!);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    const home = testInfo.outputPath('home');
    await mkdir(home, { recursive: true });
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const bridge = await BridgeProcess.start(home, 'memory', { HTTPS_PROXY: `http://fake-user:fake-password@${address}` });
    await use(bridge);
    await bridge.stop();
    proxy.close();
  },
});

behindProxy('a proxy is named before a key is tested through it, and a saved key sends nothing there before it is trusted', async ({ asked, app, person, page }) => {
  await app.open();
  await app.chooseInMenu('Connections…');
  await page.getByTestId('sign-in-button').click();
  const note = page.getByTestId('detour-note');
  await expect(note).toContainText(/The sign-in does not go directly to AWS, but through the proxy 127\.0\.0\.1:\d+, set by HTTPS_PROXY\./);
  await page.keyboard.press('Escape');

  await app.chooseInMenu('Connections…');
  await page.getByTestId('add-access-key-button').click();
  await expect(note).toContainText(/Test does not go directly to AWS, but through the proxy 127\.0\.0\.1:\d+, set by HTTPS_PROXY\./);
  await expect(note).not.toContainText('fake-password');
  await expectAccessible(app);
  await app.connections.fill({ name: 'ops', region: 'eu-west-1', endpoint: '' });
  await app.connections.save.click();
  await expect(app.wayBadge).toHaveText('proxy not trusted');
  await expect(app.errorPanel).toContainText('which is not trusted for this connection yet, so nothing was sent.');
  expect(asked, 'nothing was sent').toEqual([]);

  await person.agree();
  await app.errorPanel.getByRole('button', { name: 'Trust this route…' }).click();
  await expect(app.wayBadge).toHaveText('proxy');
  await expect.poll(() => asked, 'by the proxy now').toContain('secretsmanager.eu-west-1.amazonaws.com:443');
});

behindProxy('a proxy that leads nowhere is named with what it did and what to do', async ({ asked, app, person, page }) => {
  await app.open();
  await app.chooseInMenu('Connections…');
  await page.getByTestId('add-access-key-button').click();
  await app.connections.fill({ name: 'ops', region: 'eu-west-1', endpoint: '' });
  await app.connections.save.click();
  await person.agree();
  await app.errorPanel.getByRole('button', { name: 'Trust this route…' }).click();
  const host = 'secretsmanager\\.eu-west-1\\.amazonaws\\.com';
  await expect(app.errorPanel).toContainText(
    new RegExp(`ListSecrets .* was not sent: the proxy 127\\.0\\.0\\.1:\\d+, set by HTTPS_PROXY, could not reach ${host} itself \\(502\\)\\.`),
    { timeout: 20_000 },
  );
  await expect(app.errorPanel).toContainText("ask the proxy's administrator");
  expect(await page.content()).not.toContain('fake-password');
  expect(asked).toContain('secretsmanager.eu-west-1.amazonaws.com:443');
});
