import { mkdir, writeFile } from 'node:fs/promises';
import type { TestInfo } from '@playwright/test';
import { BridgeProcess } from './bridge-process.ts';
import { Colleague } from './colleague.ts';
import { Moto, Relay } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';

const test = base.extend<{ moto: Moto }>({
  moto: async ({}, use) => {
    const moto = await Moto.start();
    await use(moto);
    await moto.stop();
  },
});

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0007', secret_access_key: 'fake', region: 'eu-west-1' };

/** Writes the AWS configuration file that the window of this test follows. */
async function configure(testInfo: TestInfo, text: string): Promise<void> {
  const folder = testInfo.outputPath('home', 'aws');
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/config`, text);
}

function profiles(moto: { url: string }): string {
  return `
[profile ops]
aws_access_key_id = ${KEY.access_key_id}
aws_secret_access_key = ${KEY.secret_access_key}
region = ${KEY.region}
endpoint_url = ${moto.url}

[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = ops
region = ${KEY.region}
endpoint_url = ${moto.url}
`;
}

test('profiles of the AWS configuration are connections, and follow the file', async ({ app, moto, person }, testInfo) => {
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db' });
  await configure(testInfo, profiles(moto));
  await app.open();
  await person.trustWays(app);
  await app.firstRun.getByTestId('found-profiles').getByRole('button', { name: 'ops' }).click();
  await expect(app.connectionName).toHaveText('ops');
  await expect(app.region).toHaveValue('eu-west-1');
  await app.catalog.expectNames('prod/db');

  await configure(testInfo, `${profiles(moto)}[profile late]\nregion = eu-west-3\n`);
  await app.chooseInMenu('Connections');
  await expect(app.connections.connection('late')).toContainText('No credentials of its own');
  await expectAccessible(app);
});

test('an endpoint that a profile names is shown, and used only once it is trusted', async ({ app, moto, person, page }, testInfo) => {
  const relay = await Relay.start(moto.url);
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db' });
  await configure(testInfo, profiles(relay));
  await app.open();
  await app.chooseInMenu('ops');
  await expect(app.wayBadge).toHaveText('endpoint not trusted');
  await expect(app.errorPanel).toContainText(`Requests would go through the endpoint ${relay.url}, set by the AWS profile`);
  await expectAccessible(app);
  expect(relay.asked, 'nothing is sent').toEqual([]);
  const trust = app.errorPanel.getByRole('button', { name: 'Trust this route…' });
  await trust.click();
  await expect(app.toasts).toContainText('ops sends nothing: the confirmation was declined.');
  expect(person.asked()[0]).toBe('Trust the route of ops?');
  expect(relay.asked, 'nor after a no').toEqual([]);
  await person.agree();
  await trust.click();
  await app.catalog.expectNames('prod/db');
  await expect(app.wayBadge).toHaveText('endpoint');
  await expect(app.wayBadge).toHaveAttribute('title', new RegExp(`^Endpoint: ${relay.url} \\(set by the AWS profile \\(config, line \\d+\\)\\)$`));
  await page.getByRole('button', { name: /^Connection:/ }).click();
  await expect(page.getByRole('menuitem', { name: 'ops (endpoint)' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'admin (endpoint not trusted)' }), 'each has a word of its own').toBeVisible();
  await relay.stop();
});

test('a profile that assumes a role works as that role', async ({ app, moto, person }, testInfo) => {
  await configure(testInfo, profiles(moto));
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('Connections');
  const admin = app.connections.connection('admin');
  await expect(admin).toContainText('Role arn:aws:iam::123456789012:role/admin, from ops');
  await admin.getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/assumed-role\/admin/, 'List secrets: works']);
});

test('a profile with an MFA device asks for the code, and what goes through it then works too', async ({ app, moto, person }, testInfo) => {
  const device = 'arn:aws:iam::123456789012:mfa/ana';
  const beyond = `\n[profile beyond]\nrole_arn = arn:aws:iam::210987654321:role/reader\nsource_profile = admin\nendpoint_url = ${moto.url}\n`;
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db', value: 'fake' });
  await configure(testInfo, `${profiles(moto)}mfa_serial = ${device}\n${beyond}`);
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('beyond');
  await expect(app.page.getByTestId('mfa-code').or(app.errorPanel)).toContainText('admin needs a new code');
  await app.chooseInMenu('admin');
  const pane = app.page.getByTestId('mfa-code');
  await expect(pane).toContainText(device);
  const code = pane.getByLabel('MFA code', { exact: true });
  await code.fill('123456');
  await code.press('Enter');
  await app.catalog.expectNames('prod/db');
  await app.chooseInMenu('Connections');
  await app.connections.connection('reader').getByRole('button', { name: 'Test' }).click();
  await expect(app.connections.findings).toContainText([/sts::210987654321:assumed-role\/reader/, 'List secrets: works']);
});

test('what is wrong with a profile is told there, and the local vault goes on working', async ({ app }, testInfo) => {
  await configure(testInfo, '[profile broken]\ncredential_process = sh -c "exit 3"\n');
  await app.open();
  await app.chooseInMenu('broken');
  await expect(app.errorPanel).toContainText('The profile broken gave no credentials');
  await app.chooseInMenu('Local vault');
  await expect(app.firstRun).toBeVisible();

  await configure(testInfo, '[profile cut');
  await app.chooseInMenu('Connections');
  await expect(app.errorPanel).toContainText(/A part of the AWS configuration files is not read\. .*aws\/config, line 1: /);
  await configure(testInfo, '[profile fixed]\nregion = eu-west-1\n');
  await app.errorPanel.getByRole('button', { name: /again/i }).click();
  await expect(app.connections.connection('fixed')).toBeVisible();
});

const ofHome = test.extend({
  bridge: async ({ moto }, use, testInfo) => {
    const home = testInfo.outputPath('somebody');
    await mkdir(`${home}/.aws`, { recursive: true });
    const key = { Version: 1, AccessKeyId: KEY.access_key_id, SecretAccessKey: KEY.secret_access_key };
    await writeFile(`${home}/key.json`, JSON.stringify(key));
    const place = `region = ${KEY.region}\nendpoint_url = ${moto.url}`;
    const role = (name: string, source: string) =>
      `[profile ${name}]\nrole_arn = arn:aws:iam::210987654321:role/${name}\nsource_profile = ${source}\n${place}\n`;
    const program = (name: string, line: string) => `[profile ${name}]\ncredential_process = ${line}\n${place}\n`;
    await writeFile(`${home}/.aws/config`, [
      program('printer', `sh -c 'cat "$HOME/key.json"'`),
      role('chain', 'printer'),
      role('ring', 'gnir'),
      role('gnir', 'ring'),
      program('failing', "sh -c 'echo fake-secret-on-stderr >&2; exit 3'"),
      role('behind', 'failing'),
    ].join(''));
    const env = { HOME: home, AWS_CONFIG_FILE: undefined, AWS_SHARED_CREDENTIALS_FILE: undefined };
    const bridge = await BridgeProcess.start(testInfo.outputPath('home'), 'memory', env, ['--profiles', 'home']);
    await use(bridge);
    await bridge.stop();
  },
});

ofHome('in a whole home a role is assumed with the key of a program, and what fails is told at its profile', async ({ app, moto, person }) => {
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db' });
  await app.open();
  await person.trustWays(app);
  await app.chooseInMenu('Connections');
  const test = async (name: string) => {
    await app.connections.profile(name).getByRole('button', { name: 'Test' }).click();
    return app.connections.profile(name);
  };
  await expect((await test('chain')).getByTestId('finding')).toContainText([
    /sts::210987654321:assumed-role\/chain/,
    'List secrets: works',
  ]);
  await expect(app.connections.profile('ring')).toContainText(/The profile gnir cannot be used\..*config, line \d+: .*loop/);
  const behind = await test('behind');
  await expect(behind).toContainText(/The profile failing gave no credentials:.*3/);
  await expect(behind, 'what the program wrote may be secret').not.toContainText('fake-secret-on-stderr');
  await expectAccessible(app);
  await app.connections.profile('printer').getByRole('button', { name: 'Switch' }).click();
  await app.catalog.expectNames('prod/db');
});
