import type { Locator } from '@playwright/test';
import { Colleague } from './colleague.ts';
import { Endpoint, freePort, Moto } from './endpoints.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import { pageText } from './traces.ts';

const test = base.extend<{ moto: Moto }>({
  moto: async ({}, use) => {
    const moto = await Moto.start();
    await use(moto);
    await moto.stop();
  },
});

// The clock goes on by an hour at once, which the lock would take for idleness.
test.use({ settings: 'lock_after_minutes = 0\n' });

const KEY = { access_key_id: 'AKIAFAKEFAKEFAKE0003', secret_access_key: 'fake', region: 'eu-west-1' };

async function paste(field: Locator, text: string): Promise<void> {
  await field.evaluate((target, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test('an access key works on an independent Secrets Manager', async ({ app, moto, bridge }) => {
  const colleague = new Colleague({ ...KEY, endpoint: moto.url });
  await colleague.create(
    { name: 'prod/db', value: { password: 'fake-password' }, description: 'Main database', tags: { team: 'ops' } },
    { name: 'prod/key', value: Buffer.from('fake key') },
    { name: 'staging/db', value: 'fake text' },
  );
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'independent', region: 'eu-west-1', endpoint: moto.url });
  await app.connections.test();
  await expect(app.connections.findings).toContainText(['Identity: works', 'List secrets: works']);
  await app.connections.save.click();

  await expect(app.connectionName).toHaveText('independent');
  await expect(app.region).toHaveValue('eu-west-1');
  await app.catalog.expectNames('prod/db', 'prod/key', 'staging/db');
  await app.search.type('tag-key:team');
  await app.catalog.expectNames('prod/db');
  await app.catalog.open('prod/db');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake-password');

  await app.createSecret.open();
  await app.createSecret.name.fill('from/the/window');
  await app.createSecret.fillText('fake');
  await app.createSecret.submit.click();
  await expect(app.detail.name).toHaveText('from/the/window');
  expect((await colleague.aws('get-secret-value', '--secret-id', 'from/the/window')).SecretString).toBe('fake');
  expect((await bridge.calls()).CreateSecret, 'the local vault was not asked').toBeUndefined();
});

test('a connection is tested and saved only once the person has confirmed in a dialog of the system where it leads', async ({ app, moto, person }) => {
  const host = new URL(moto.url).host;
  await person.refuseConnections();
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'independent', region: 'eu-west-1', endpoint: moto.url });
  const endpoint = app.connections.form.getByLabel('Endpoint URL (optional)');
  await app.connections.test();
  await expect(endpoint).toHaveAccessibleDescription(/Nothing was sent or saved: the connection was not confirmed/);
  await expectAccessible(app);
  await app.connections.save.click();
  await expect.poll(() => person.asked().filter((line) => line === `Connect independent to ${host}?`).length).toBe(2);
  expect(person.asked()).toEqual(expect.arrayContaining(['Region: eu-west-1', 'Access key ID: AKIAFAKEFAKEFAKE0003']));

  await person.agree();
  await app.connections.test();
  await expect(app.connections.findings).toContainText(['Identity: works', 'List secrets: works']);
  await app.connections.save.click();
  await expect(app.connectionName).toHaveText('independent');
  expect(person.asked().filter((line) => line.startsWith('Connect ')), 'once for the test and the save').toHaveLength(3);
});

test('an account that calls itself production has a red frame and asks', async ({ app, moto }) => {
  await moto.nameAccount('acme-prod');
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'payments', region: 'eu-west-1', endpoint: moto.url });
  await app.connections.test();
  await expect(app.page.getByTestId('findings')).toContainText('Account alias: acme-prod.');
  await app.connections.save.click();
  await expect(app.connectionName).toHaveText('payments');
  await app.chooseInMenu('Connections');
  const line = app.connections.connection('payments');
  await expect(line).not.toContainText('acme-prod');
  await line.getByRole('button', { name: 'Test' }).click();
  await expect(line).toContainText('account acme-prod');
  await expect(app.guardBadge).toHaveText('production, confirm');
  await line.getByRole('button', { name: 'Edit…' }).click();
  await expect(app.editConnection.form).toContainText('The name of its account, acme-prod, suggests production');
});

test.describe(() => {
  test.use({ keyring: 'own' });

  test('the keyring keeps an access key, and forgetting it takes it out', async ({ app, moto, ownKeyring }) => {
    const secretAccessKey = 'fake/kept+in+the+keyring';
    await app.open();
    await app.chooseInMenu('Add an access key');
    await app.connections.fill({ name: 'short lived', secretAccessKey, endpoint: moto.url });
    await app.connections.save.click();
    await expect(app.connectionName).toHaveText('short lived');
    expect(await ownKeyring!.items()).toContain(secretAccessKey);
    expect(await pageText(app.page), 'the secret part does not come back').not.toContain(secretAccessKey);

    await app.open();
    await app.chooseInMenu('Connections');
    const line = app.connections.connection('short lived');
    await line.getByRole('button', { name: 'Test' }).click();
    await expect(app.connections.findings).toContainText(['Identity: works', 'List secrets: works']);
    await line.getByRole('button', { name: 'Forget' }).click();
    await expect(app.page.getByTestId('forget-question')).toContainText('Forget short lived?');
    expect(await ownKeyring!.items(), 'not before it is confirmed').toContain(secretAccessKey);
    await app.page.getByTestId('forget').click();
    await expect(line).toHaveCount(0);
    await expect(app.toasts).toContainText('short lived is forgotten');
    expect(await ownKeyring!.items()).not.toContain(secretAccessKey);
  });
});

test('pasted export lines fill the fields', async ({ app }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  const lines = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKE0009\nexport AWS_SECRET_ACCESS_KEY='fake'\nexport AWS_REGION=eu-north-1\n";
  await paste(app.connections.form.getByLabel('Name', { exact: true }), lines);
  await expect(app.connections.form.getByLabel('Access key ID')).toHaveValue('AKIAFAKEFAKEFAKE0009');
  await expect(app.connections.form.getByLabel('Secret access key', { exact: true })).toHaveValue('fake');
  await expect(app.connections.form.getByRole('combobox', { name: 'Region' })).toHaveValue('eu-north-1');
});

test('a pasted profile fills the fields, and FIPS is for the endpoints of AWS only', async ({ app }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  const lines = '[profile ops]\naws_access_key_id = AKIAFAKEFAKEFAKE0009\naws_secret_access_key = fake\nregion = us-east-2\nuse_fips_endpoint = true\n';
  const { form } = app.connections;
  const name = form.getByLabel('Name', { exact: true });
  await paste(name, lines);
  await expect(name).toHaveValue('ops');
  await expect(form.getByLabel('Access key ID')).toHaveValue('AKIAFAKEFAKEFAKE0009');
  await expect(form.getByLabel("Use AWS's FIPS endpoint")).toBeChecked();
  const endpoint = form.getByLabel('Endpoint URL (optional)');
  await endpoint.fill('https://secrets.example.com');
  await app.connections.save.click();
  await expect(endpoint).toHaveAccessibleDescription(/FIPS and dual-stack choose among AWS's own endpoints/);
});

test('a denied call is told, and what is allowed works', async ({ app }) => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf';
  const version = '0a1b2c3d-0000-0000-0000-000000000000';
  const endpoint = await Endpoint.start((operation) => {
    switch (operation) {
      case 'DescribeSecret':
        return { json: { ARN: arn, Name: 'app/db', VersionIdsToStages: { [version]: ['AWSCURRENT'] } } };
      case 'GetSecretValue':
        return { json: { ARN: arn, Name: 'app/db', VersionId: version, SecretString: 'fake', VersionStages: ['AWSCURRENT'] } };
      default:
        return { denied: `User: ops is not authorized to perform: secretsmanager:${operation}` };
    }
  });
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'narrow', endpoint: endpoint.url });
  await app.connections.test();
  await expect(app.connections.findings).toContainText(['Identity: not allowed', 'List secrets: not allowed']);
  await app.connections.save.click();
  await expect(app.errorPanel).toContainText('Ask for secretsmanager:ListSecrets');
  await expect(app.errorPanel).toContainText('fake-request-id');

  await app.errorPanel.getByRole('button', { name: 'Open by name, ARN or URL' }).click();
  const dialog = app.dialog('Open secret');
  await dialog.getByLabel('Name, ARN or console URL').fill('app/db');
  await dialog.getByRole('button', { name: 'Open secret' }).click();
  await expect(app.detail.name).toHaveText('app/db');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake');
  await app.detail.turnTo('Versions');
  await expect(app.page.getByTestId('versions-denied')).toBeVisible();
  await expect(app.detail.version(version).getByTestId('stage-tag')).toHaveText('AWSCURRENT');
  await endpoint.stop();
});

test('who may only read values opens a secret by name and reads it', async ({ app }) => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf';
  const version = '0a1b2c3d-0000-0000-0000-000000000000';
  const endpoint = await Endpoint.start((operation) => {
    if (operation !== 'GetSecretValue') return { denied: `User: app is not authorized to perform: secretsmanager:${operation}` };
    return { json: { ARN: arn, Name: 'app/db', VersionId: version, SecretString: 'fake', VersionStages: ['AWSCURRENT'] } };
  });
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'reader', endpoint: endpoint.url });
  await app.connections.save.click();
  await app.openByText('app/db');
  await expect(app.detail.name).toHaveText('app/db');
  await expect(app.page.getByTestId('detail')).toContainText('Ask for secretsmanager:DescribeSecret');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText('fake');
  await expect(app.page.getByTestId('edit-value')).toHaveCount(0);
  await endpoint.stop();
});

test('a wrong key is told before it is saved', async ({ app, bridge }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'wrong', endpoint: bridge.vault!.endpoint });
  await app.connections.test();
  await expect(app.connections.findings).toContainText(['Identity', 'List secrets: failed']);
  await expect(app.connections.findings.last()).toContainText('credentials were not accepted');
});

test('an endpoint that dies is told, and can be tried again', async ({ app, moto }) => {
  const colleague = new Colleague({ ...KEY, endpoint: moto.url });
  await colleague.create({ name: 'app/db', value: 'fake' });
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'shaky', region: 'eu-west-1', endpoint: moto.url });
  await app.connections.save.click();
  await app.catalog.expectNames('app/db');

  await moto.kill();
  await app.page.keyboard.press('F5');
  await expect(app.errorPanel).toContainText('Could not reach the endpoint', { timeout: 30_000 });
  await app.catalog.expectNames('app/db');
  await app.catalog.open('app/db');
  await expect(app.detail.pane.getByTestId('error-panel')).toBeVisible({ timeout: 30_000 });

  const again = await Moto.startAt(moto.port);
  await new Colleague({ ...KEY, endpoint: again.url }).create({ name: 'after', value: 'fake' });
  await app.errorPanel.first().getByRole('button', { name: 'Try again' }).click();
  await app.catalog.expectNames('after');
  await again.stop();
});

test('an endpoint where nobody listens is told at its field', async ({ app }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'nobody', endpoint: `http://127.0.0.1:${await freePort()}` });
  await app.connections.test();
  await expect(app.connections.findings.last()).toContainText('Could not reach the endpoint', { timeout: 30_000 });
  const field = app.connections.form.getByLabel('Endpoint URL (optional)');
  await expect(field).toHaveAccessibleDescription(/Could not reach the endpoint/);
});

test('credentials that have ended are told at the field of the token', async ({ app }) => {
  const endpoint = await Endpoint.start(() => ({ refused: 'ExpiredToken' }));
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'ended', accessKeyId: 'ASIAFAKEFAKEFAKE0003', endpoint: endpoint.url });
  const token = app.connections.form.getByLabel('Session token (optional)', { exact: true });
  await token.fill('fake-token');
  await app.connections.test();
  await expect(token).toHaveAccessibleDescription(/The credentials have expired/);
  await expect(token, 'nothing typed is lost').toHaveValue('fake-token');
  await endpoint.stop();
});

test('a clock that is off is told in the test', async ({ app, moto, bridge }) => {
  await app.open();
  await app.chooseInMenu('Add an access key');
  await app.connections.fill({ name: 'late', endpoint: moto.url });
  await app.connections.test();
  const findings = app.page.getByTestId('findings');
  await expect(findings).toContainText("matches the endpoint's");
  await bridge.advance(3600);
  await app.connections.test();
  await expect(findings).toContainText("60 minutes ahead of the endpoint's. Correct it");
});
