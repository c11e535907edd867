import { mkdir, writeFile } from 'node:fs/promises';
import type { TestInfo } from '@playwright/test';
import { Colleague } from './colleague.ts';
import { Moto } from './endpoints.ts';
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

function profiles(moto: Moto): string {
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

test('profiles of the AWS configuration are connections, and follow the file', async ({ desk, moto }, testInfo) => {
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db' });
  await configure(testInfo, profiles(moto));
  await desk.open();
  await desk.firstRun.getByTestId('found-profiles').getByRole('button', { name: 'ops' }).click();
  await expect(desk.connectionName).toHaveText('ops');
  await expect(desk.region).toHaveValue('eu-west-1');
  await desk.catalog.expectNames('prod/db');

  await configure(testInfo, `${profiles(moto)}[profile late]\nregion = eu-west-3\n`);
  await desk.chooseInMenu('Connections');
  await expect(desk.connections.connection('late')).toContainText('No credentials of its own');
  await expectAccessible(desk);
});

test('a profile that assumes a role works as that role', async ({ desk, moto }, testInfo) => {
  await configure(testInfo, profiles(moto));
  await desk.open();
  await desk.chooseInMenu('Connections');
  const admin = desk.connections.connection('admin');
  await expect(admin).toContainText('Role arn:aws:iam::123456789012:role/admin, from ops');
  await admin.getByRole('button', { name: 'Test' }).click();
  await expect(desk.connections.findings).toContainText([/assumed-role\/admin/, 'List secrets: works']);
});

test('a profile with an MFA device asks for the code, and what goes through it then works too', async ({ desk, moto }, testInfo) => {
  const device = 'arn:aws:iam::123456789012:mfa/ana';
  const beyond = `\n[profile beyond]\nrole_arn = arn:aws:iam::210987654321:role/reader\nsource_profile = admin\nendpoint_url = ${moto.url}\n`;
  await new Colleague({ ...KEY, endpoint: moto.url }).create({ name: 'prod/db', value: 'fake' });
  await configure(testInfo, `${profiles(moto)}mfa_serial = ${device}\n${beyond}`);
  await desk.open();
  await desk.chooseInMenu('beyond');
  await expect(desk.page.getByTestId('mfa-code').or(desk.errorPanel)).toContainText('admin needs a new code');
  await desk.chooseInMenu('admin');
  const pane = desk.page.getByTestId('mfa-code');
  await expect(pane).toContainText(device);
  const code = pane.getByLabel('MFA code', { exact: true });
  await code.fill('123456');
  await code.press('Enter');
  await desk.catalog.expectNames('prod/db');
  await desk.chooseInMenu('Connections');
  await desk.connections.connection('reader').getByRole('button', { name: 'Test' }).click();
  await expect(desk.connections.findings).toContainText([/sts::210987654321:assumed-role\/reader/, 'List secrets: works']);
});

test('what is wrong with a profile is told there, and the local vault goes on working', async ({ desk }, testInfo) => {
  await configure(testInfo, '[profile broken]\ncredential_process = sh -c "exit 3"\n');
  await desk.open();
  await desk.chooseInMenu('broken');
  await expect(desk.errorPanel).toContainText('The profile broken gave no credentials');
  await desk.chooseInMenu('Local vault');
  await expect(desk.firstRun).toBeVisible();

  await configure(testInfo, '[profile cut');
  await desk.chooseInMenu('Connections');
  await expect(desk.errorPanel).toContainText('The AWS profiles in');
  await configure(testInfo, '[profile mended]\nregion = eu-west-1\n');
  await desk.errorPanel.getByRole('button', { name: /again/i }).click();
  await expect(desk.connections.connection('mended')).toBeVisible();
});
